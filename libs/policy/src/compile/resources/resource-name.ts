// SPDX-License-Identifier: Apache-2.0
import type { BackendTarget, MeshPlace, PolicyChain, RouteKindName } from '../../resolve/index.ts';
import { keyOf } from '../../resolve/mesh/mesh-names.ts';
import { keyOfTarget } from '../../resolve/service/backend-target.ts';
import { MESH_SETTINGS } from '../../snapshot/index.ts';
import type { ResourceName } from '../../snapshot/index.ts';

/** How resources are named; see the types of libs/policy/src/snapshot. */
export const resourceName = {
  backend: (target: BackendTarget): ResourceName => `backend/${keyOfTarget(target)}`,
  /** `key`: `namespace/secret`. */
  certificate: (key: string): ResourceName => `certificate/${key}`,
  /** `key`: `namespace/gateway`. */
  gateway: (key: string): ResourceName => `gateway/${key}`,
  /** `place`: an address, of a Gateway with proxies of its own `namespace/gateway/address`. */
  port: (place: string, port: number): ResourceName => `port/${place}/${port}`,
  udpPort: (place: string, port: number): ResourceName => `port/${place}/${port}/udp`,
  /** `route`: `namespace/name`. */
  rule: (route: string, index: number): ResourceName => `rule/${route}/${index}`,
  grpcRule: (route: string, index: number): ResourceName => `grpc-rule/${route}/${index}`,
  streamRule: (kind: RouteKindName, route: string, index: number): ResourceName => `stream-rule/${kind}/${route}/${index}`,
  /** Of a rule that is apart at one of its listeners. */
  apart: (rule: ResourceName, listener: string): ResourceName => `${rule}@${listener}`,
  meshService: (namespace: string, service: string): ResourceName => `mesh/${namespace}/${service}`,
  meshSettings: MESH_SETTINGS,
  meshRule: (place: MeshPlace): ResourceName => `mesh-rule/${keyOf(place)}`,
  meshStreamRule: (place: MeshPlace): ResourceName => `mesh-stream-rule/${keyOf(place)}`,
  inboundRule: (place: MeshPlace): ResourceName => `inbound-rule/${keyOf(place)}`,
  inboundStreamRule: (place: MeshPlace): ResourceName => `inbound-stream-rule/${keyOf(place)}`,
  /** `rule`: name of the rule whose requests it receives. */
  inboundRouteRule: (place: MeshPlace, rule: ResourceName): ResourceName => `inbound-rule/${keyOf(place)}/${rule}`,
  local: (place: MeshPlace): ResourceName => `local/${keyOf(place)}`,
  /** `key`: `NAMESPACE/SERVICE-ACCOUNT/ADDRESS`. */
  workload: (key: string): ResourceName => `workload/${key}`,
  /** `gateway`: `namespace/name`. */
  trust: (gateway: string, port: number): ResourceName => `trust/${gateway}/${port}`,
  /** `policy`: `namespace/name`. Namespaces are lower-case, so that no Gateway's authorities have this name. */
  policyTrust: (policy: string): ResourceName => `trust/BackendTLSPolicy/${policy}`,
  accessChain: ({ key }: Pick<PolicyChain, 'key'>): ResourceName => `access/${key}`,
  trafficCalls: ({ key }: Pick<PolicyChain, 'key'>): ResourceName => `traffic-calls/${key}`,
  trafficLimits: ({ key }: Pick<PolicyChain, 'key'>): ResourceName => `traffic-limits/${key}`,
  /** `policy`: `namespace/name`. */
  accessPolicy: (policy: string): ResourceName => `access-policy/${policy}`,
  /** `selection`: key of a selection of Consumers. */
  consumers: (selection: string): ResourceName => `consumers/${selection}`,
};
