// SPDX-License-Identifier: Apache-2.0
import { isIP } from 'node:net';
import type { MeshMode, MeshProtocol, WorkloadIdentity } from '../../snapshot/index.ts';
import type { DocumentOf } from '../inventory/document-of.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { Issue } from '../issue.ts';
import { chainAt, placesOfService } from '../policy/policy-chain.ts';
import type { PolicyChain } from '../policy/policy-chain.ts';
import { revisionServicesOf, rolloutOf } from '../rollout/rollout-in-force.ts';
import type { ResolvedRoute } from '../route/resolved-route.ts';
import { spokenProtocol } from '../service/service-port.ts';
import type { ServiceDocument, ServicePort } from '../service/service-port.ts';
import type { BackendTarget } from '../service/backend-target.ts';
import { believedGateways, crowdIssues } from './believed-gateways.ts';
import type { Leading } from './believed-gateways.ts';
import { membersOf } from './mesh-member.ts';
import type { MeshMember } from './mesh-member.ts';
import { meshModeOf } from './mesh-mode.ts';
import { meshProtocolOf } from './mesh-protocol.ts';
import { defaultListenersOf, portRoutesOf } from './port-routes.ts';
import type { DefaultListeners, PortRoutes } from './port-routes.ts';

/** A Service of the mesh: of those who call it and of those who serve it. */
export interface ResolvedMeshService {
  readonly document: ServiceDocument;
  readonly addresses: readonly string[];
  readonly mode: MeshMode;
  /** TCP ports, by number. */
  readonly ports: readonly ResolvedMeshPort[];
  readonly members: readonly MeshMember[];
  /** Access policies of its Namespace and of its own. */
  readonly access: PolicyChain | undefined;
  /** Traffic policies of its Namespace and of its own. */
  readonly traffic: PolicyChain | undefined;
  readonly issues: readonly Issue[];
}

export interface ResolvedMeshPort {
  readonly port: number;
  readonly portName: string;
  readonly protocol: MeshProtocol;
  /** How its endpoints are called by default. */
  readonly target: BackendTarget;
  readonly routes: PortRoutes;
  readonly defaults: DefaultListeners;
  /** See InboundService. */
  readonly gateways: readonly WorkloadIdentity[] | undefined;
}

/** What leads to a Service. */
export interface WaysToService {
  /** Those that are attached to it. */
  readonly routes: readonly ResolvedRoute[];
  readonly leading: Leading;
}

/** Undefined = it takes no part: nobody calls it over TCP, or it is an alias. */
export function resolveMeshService(
  document: ServiceDocument,
  lookup: Lookup,
  ways: WaysToService,
): ResolvedMeshService | undefined {
  const { namespace, name, spec } = document;
  const ports = (spec.ports ?? []).filter(({ protocol }) => protocol === 'TCP').sort((left, right) => left.port - right.port);
  if (spec.type === 'ExternalName' || ports.length === 0) return undefined;
  // Who serves another Service as a revision of this one is called under the name of this one.
  const served = [name, ...revisionServicesOf(rolloutOf(lookup, namespace, name))];
  const slices = served.flatMap(service => lookup.slicesOf(namespace, service));
  const { members, issues } = membersOf(slices.toSorted(byName), ports, lookup);
  const mode = meshModeOf(lookup, namespace, name);
  const places = placesOfService(namespace, name);
  const portPlaces = ports.map(({ port }) => ({ namespace, service: name, port }));
  return {
    document,
    addresses: addressesOf(document, members),
    mode,
    ports: ports.map(port => meshPortOf(document, port, ways)),
    members,
    access: chainAt(lookup, 'AccessPolicy', places),
    traffic: chainAt(lookup, 'TrafficPolicy', places),
    issues: [...issues, ...crowdIssues(document, portPlaces, ways.leading), ...strictIssues(document, mode, members)],
  };
}

function byName(left: DocumentOf<'EndpointSlice'>, right: DocumentOf<'EndpointSlice'>): number {
  return left.name < right.name ? -1 : 1;
}

function meshPortOf({ namespace, name }: ServiceDocument, port: ServicePort, ways: WaysToService): ResolvedMeshPort {
  const place = { namespace, service: name, port: port.port };
  const protocol = meshProtocolOf(port);
  const found = portRoutesOf(place, ways.routes);
  // The name of a port says something to callers in the mesh alone; elsewhere appProtocol does.
  const variant = protocol === 'http2' && spokenProtocol(port)?.protocol !== 'http2' ? 'http2' : undefined;
  return {
    port: port.port,
    portName: port.name ?? '',
    protocol,
    target: { ...place, variant },
    routes: found,
    defaults: defaultListenersOf(place, protocol, found),
    gateways: believedGateways(place, ways.leading),
  };
}

const HEADLESS = 'None';

/** ClusterIPs, or of a headless Service its endpoints'. Without either, no address stands for it, and it is known by name alone. */
function addressesOf({ spec: { clusterIP, clusterIPs } }: ServiceDocument, members: readonly MeshMember[]): readonly string[] {
  const written = clusterIPs ?? (clusterIP === undefined ? [] : [clusterIP]);
  if (written.includes(HEADLESS)) return [...new Set(members.map(({ address }) => address))].sort();
  return written.filter(address => isIP(address) !== 0);
}

/** Who can call nobody there is better told before than by the callers. */
function strictIssues(document: ServiceDocument, mode: MeshMode, members: readonly MeshMember[]): readonly Issue[] {
  const outside = members.filter(({ identity }) => identity === undefined);
  const [first] = outside;
  if (mode !== 'strict' || first === undefined) return [];
  const count =
    outside.length === 1 ? `endpoint ${first.address} has` : `${outside.length} endpoints, ${first.address} among them, have`;
  return [
    {
      document,
      severity: 'warning',
      code: 'strict-without-sidecar',
      path: 'metadata.name',
      message: `an AccessPolicy says mutualTls Strict, and ${count} no identity: nobody in the mesh calls there`,
      hint: 'put a sidecar in front and write annotation weir.dev/identity on the EndpointSlice, or say Permissive',
    },
  ];
}
