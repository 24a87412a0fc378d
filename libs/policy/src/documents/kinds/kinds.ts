// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { backendTlsPolicyBody } from './backend-tls-policy.ts';
import { configMapBody } from './config-map.ts';
import type { DeepReadonly } from './deep-readonly.ts';
import { endpointSliceBody } from './endpoint-slice.ts';
import { gatewayClassBody } from './gateway-class.ts';
import { gatewayBody } from './gateway.ts';
import { grpcRouteBody } from './grpc-route.ts';
import { httpRouteBody } from './http-route.ts';
import { listenerSetBody } from './listener-set.ts';
import { metadata } from './metadata.ts';
import { namespaceBody } from './namespace.ts';
import { nodeBody } from './node.ts';
import { podBody } from './pod.ts';
import { referenceGrantBody } from './reference-grant.ts';
import { secretBody } from './secret.ts';
import { serviceBody } from './service.ts';
import { portRouteBody, tlsRouteBody } from './stream-route.ts';
import { ignored, strictObject } from './strict-object.ts';
import { xMeshBody } from './x-mesh.ts';
import { accessPolicyBody } from './weir/access-policy.ts';
import { consumerBody } from './weir/consumer.ts';
import { rolloutBody } from './weir/rollout/rollout.ts';
import { trafficPolicyBody } from './weir/traffic-policy.ts';

/** What a kind's documents have beside apiVersion, kind and metadata. */
const BODIES = {
  GatewayClass: gatewayClassBody,
  Gateway: gatewayBody,
  ListenerSet: listenerSetBody,
  HTTPRoute: httpRouteBody,
  GRPCRoute: grpcRouteBody,
  TLSRoute: tlsRouteBody,
  TCPRoute: portRouteBody,
  UDPRoute: portRouteBody,
  BackendTLSPolicy: backendTlsPolicyBody,
  ReferenceGrant: referenceGrantBody,
  XMesh: xMeshBody,
  Service: serviceBody,
  Secret: secretBody,
  ConfigMap: configMapBody,
  Namespace: namespaceBody,
  EndpointSlice: endpointSliceBody,
  Pod: podBody,
  Node: nodeBody,
  AccessPolicy: accessPolicyBody,
  Consumer: consumerBody,
  Rollout: rolloutBody,
  TrafficPolicy: trafficPolicyBody,
};

export type KindName = keyof typeof BODIES;

/** What a document of a kind says, with the defaults of its schema. */
export type Body<Kind extends KindName> = DeepReadonly<z.output<z.ZodObject<(typeof BODIES)[Kind], z.core.$strict>>>;

/** A document that its schema has accepted, with defaults. */
export interface AcceptedDocument {
  readonly metadata: z.output<typeof metadata>;
  readonly [field: string]: unknown;
}

/** A kind of document that Weir reads. */
export interface KindSpec {
  readonly kind: KindName;
  readonly apiVersions: readonly string[];
  /** False: its documents belong to no namespace. */
  readonly isNamespaced: boolean;
  /** Whether its values must never be shown. */
  readonly isSecret: boolean;
  /** The whole document, from apiVersion to status. */
  readonly schema: z.ZodType<AcceptedDocument>;
}

interface Traits {
  readonly isNamespaced?: boolean;
  readonly isSecret?: boolean;
}

function kindSpec(
  kind: KindName,
  apiVersions: readonly string[],
  { isNamespaced = true, isSecret = false }: Traits = {},
): KindSpec {
  const body: z.core.$ZodLooseShape = BODIES[kind];
  // apiVersion and kind have chosen the schema; status is written by controllers, and read of those kinds that say so.
  const schema = strictObject({ apiVersion: z.string(), kind: z.string(), metadata, status: ignored, ...body });
  return { kind, apiVersions, isNamespaced, isSecret, schema };
}

/** Group and version of Weir's own kinds. */
export const WEIR_VERSION = 'weir.dev/v1alpha1';
const GATEWAY_API = 'gateway.networking.k8s.io';

/** Of these kinds v1beta1 has the fields of v1 to the letter (custom resource definitions of Gateway API 1.6). */
const V1_AND_BETA = [`${GATEWAY_API}/v1`, `${GATEWAY_API}/v1beta1`];

const SPECS: readonly KindSpec[] = [
  kindSpec('GatewayClass', V1_AND_BETA, { isNamespaced: false }),
  kindSpec('Gateway', V1_AND_BETA),
  kindSpec('ListenerSet', [`${GATEWAY_API}/v1`]),
  kindSpec('HTTPRoute', V1_AND_BETA),
  kindSpec('GRPCRoute', [`${GATEWAY_API}/v1`]),
  kindSpec('TLSRoute', [`${GATEWAY_API}/v1`]),
  kindSpec('TCPRoute', [`${GATEWAY_API}/v1`]),
  kindSpec('UDPRoute', [`${GATEWAY_API}/v1`]),
  kindSpec('BackendTLSPolicy', [`${GATEWAY_API}/v1`]),
  kindSpec('ReferenceGrant', V1_AND_BETA),
  kindSpec('XMesh', ['gateway.networking.x-k8s.io/v1alpha1'], { isNamespaced: false }),
  kindSpec('Service', ['v1']),
  kindSpec('Secret', ['v1'], { isSecret: true }),
  kindSpec('ConfigMap', ['v1']),
  kindSpec('Namespace', ['v1'], { isNamespaced: false }),
  kindSpec('EndpointSlice', ['discovery.k8s.io/v1']),
  kindSpec('Pod', ['v1']),
  kindSpec('Node', ['v1'], { isNamespaced: false }),
  kindSpec('AccessPolicy', [WEIR_VERSION]),
  kindSpec('Consumer', [WEIR_VERSION]),
  kindSpec('Rollout', [WEIR_VERSION]),
  kindSpec('TrafficPolicy', [WEIR_VERSION]),
];

/** Every kind that Weir reads, by `apiVersion/kind`. */
export const KINDS: ReadonlyMap<string, KindSpec> = new Map(
  SPECS.flatMap(spec => spec.apiVersions.map(apiVersion => [`${apiVersion}/${spec.kind}`, spec] as const)),
);
