// SPDX-License-Identifier: Apache-2.0
import type { ResourceName } from './resource-name.ts';

/**
 * Who runs a workload: `NAMESPACE/SERVICE-ACCOUNT`, of the trust domain of the mesh. In certificates it is the URI
 * `spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/SERVICE-ACCOUNT`.
 */
export type WorkloadIdentity = string & { readonly __brand?: 'WorkloadIdentity' };

/** `strict`: connections between workloads are mutual TLS or none; `permissive`: plaintext of and to who is not in the mesh goes on. */
export type MeshMode = 'permissive' | 'strict';

/**
 * What a port of the mesh speaks. `detect`: the document does not say, so the first bytes do; `tls`: TLS between the applications
 * themselves, routed by its server name.
 */
export type MeshProtocol = 'detect' | 'http1' | 'http2' | 'tcp' | 'tls';

/**
 * A Service as those who call it know it. Named `mesh/NAMESPACE/SERVICE`. Every proxy of the mesh holds all of them, so they are
 * small; what their listeners lead to (rules, backends, policies) comes on first use.
 */
export interface MeshService {
  readonly kind: 'meshService';
  readonly name: ResourceName;
  readonly namespace: string;
  readonly service: string;
  /** IP addresses that stand for the Service: its ClusterIPs, or the addresses of its endpoints where it is headless. */
  readonly addresses: readonly string[];
  readonly mode: MeshMode;
  readonly ports: readonly MeshPort[];
}

/** A TCP port of a Service. */
export interface MeshPort {
  readonly port: number;
  /** '' = it has none. */
  readonly portName: string;
  readonly protocol: MeshProtocol;
  /**
   * Listener by whose routes requests from any namespace go: `mesh/NAMESPACE/SERVICE/PORT`. Where no route of the Service's own
   * namespace is attached it has one rule, to the Service's endpoints; else what no rule matches is answered 404 (GEP-1426).
   */
  readonly listener: string;
  /**
   * Namespaces, sorted, whose own routes are attached (consumer routes, GEP-1426). Their callers go by the routes of
   * `mesh/NAMESPACE/SERVICE/PORT@CONSUMER` and by no others.
   */
  readonly consumers: readonly string[];
}

/**
 * What the sidecar of one workload serves: all Services that have the workload at an address among their endpoints. Named
 * `workload/NAMESPACE/SERVICE-ACCOUNT/ADDRESS`.
 */
export interface Workload {
  readonly kind: 'workload';
  readonly name: ResourceName;
  readonly identity: WorkloadIdentity;
  readonly address: string;
  readonly ports: readonly InboundPort[];
  /** Of ports that no Service has as well; absent = as the strictest of `ports`. */
  readonly mode?: 'strict';
}

/** A port at which the workload's application is reached, by one or several Services. */
export interface InboundPort {
  /** Of the endpoint (`targetPort`), not of the Service. */
  readonly port: number;
  readonly protocol: MeshProtocol;
  /** The strictest of the Services' modes. */
  readonly mode: MeshMode;
  /** At least one, sorted. A caller that names one comes under its rules; one that names none under those of all of them. */
  readonly services: readonly InboundService[];
}

/** One of the Services that lead to an inbound port. */
export interface InboundService {
  /** `NAMESPACE/SERVICE:PORT`, for people. */
  readonly label: string;
  /** What callers ask for as server name: `PORT.SERVICE.NAMESPACE.weir`. */
  readonly serverName: string;
  /**
   * Listener by whose rules requests go: `inbound/NAMESPACE/SERVICE/PORT`. Its rules lead to the backend
   * `local/NAMESPACE/SERVICE/PORT`, which no control plane sends: each sidecar knows where its application listens.
   */
  readonly listener: string;
  /**
   * Gateways that lead here, sorted, and are believed about clients of the internet; absent = all of the mesh's settings. Where a caller
   * names no Service, all have to believe it.
   */
  readonly gateways?: readonly WorkloadIdentity[];
}

/** Who the proxies are that serve all Gateways, where none has its own. */
export const GATEWAY_IDENTITY: WorkloadIdentity = 'weir-system/gateway';

/** Settings of the mesh as a whole. Named `mesh-settings`; there is at most one. */
export interface MeshSettings {
  readonly kind: 'meshSettings';
  readonly name: ResourceName;
  readonly trustDomain: string;
  /** CIDRs in which all addresses are workloads: one of them that no Service has is not outside. */
  readonly ranges: readonly string[];
  /** Whom nobody else is believed than about the clients of the internet, each where it leads to: the Gateways' own proxies. */
  readonly gateways: readonly WorkloadIdentity[];
  /** What becomes of connections to addresses that are neither a Service's nor in the ranges. */
  readonly unknownDestinations: 'allow' | 'registered';
}

/** What a sidecar calls, and is called, by. */
export type SidecarRole =
  /** Calls to one port of a workload, a number of its endpoint. */
  | { readonly kind: 'inbound'; readonly workload: ResourceName; readonly port: number }
  /** Calls to any port of any workload of this identity on this host: what was dialled tells which. */
  | { readonly kind: 'inbound'; readonly identity: WorkloadIdentity; readonly port: undefined }
  /** Calls of the application to one port of a Service. */
  | { readonly kind: 'outbound'; readonly service: ResourceName; readonly port: number }
  /** Calls of the application to anything: what was dialled tells where. */
  | { readonly kind: 'captured' }
  /** Calls of the application by way of HTTP_PROXY: their target, or CONNECT, tells where. */
  | { readonly kind: 'proxy' };

/** One address and port that a sidecar listens on. Never sent: each sidecar makes its own. Named `sidecar/ADDRESS/PORT`. */
export interface SidecarPort {
  readonly kind: 'sidecarPort';
  readonly name: ResourceName;
  readonly address: string;
  readonly port: number;
  readonly role: SidecarRole;
  /** Namespace of the application: by it consumer routes and short names of Services are found. */
  readonly namespace: string;
}

/** Who this proxy is to its peers; see Certificate. Never sent, and changed with each renewal. */
export const MESH_CERTIFICATE: ResourceName = 'certificate/@mesh';

/** The authorities of the mesh; see TrustBundle. */
export const MESH_TRUST: ResourceName = 'trust/@mesh';

/** What holds for all of a mesh; it is there where there is a mesh. */
export const MESH_SETTINGS: ResourceName = 'mesh-settings';
