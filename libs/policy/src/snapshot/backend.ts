// SPDX-License-Identifier: Apache-2.0
import type { EndpointHealth } from './endpoint-health.ts';
import type { MeshMode, MeshProtocol, WorkloadIdentity } from './mesh.ts';
import type { ResourceName } from './resource-name.ts';
import type { SessionPersistence } from './session-persistence.ts';
import type { Split } from './split.ts';
import type { Sourced } from './traffic.ts';

/**
 * A Service's port and the endpoints behind it. Named `backend/NAMESPACE/SERVICE/PORT`, for gRPC routes to a port that does not say
 * what it speaks `backend/NAMESPACE/SERVICE/PORT/http2`, both with `@POLICY,…` behind them as Gateways call it that have policies which
 * say how. Shared by every route that uses it.
 */
export interface Backend {
  readonly kind: 'backend';
  readonly name: ResourceName;
  /** `namespace/service:port`, for people. */
  readonly label: string;
  /** What the endpoints speak. */
  readonly protocol: BackendProtocol;
  /** Undefined = plaintext. */
  readonly tls: BackendTls | undefined;
  /** Each connection begins with a PROXY header that names the client; HTTP connections are then not shared between clients. */
  readonly proxyProtocol: 'v1' | 'v2' | undefined;
  readonly balance: Balance;
  readonly connectTimeoutMs: number;
  /** Undefined = endpoints are used wherever they are. */
  readonly zonePreference?: ZonePreference | undefined;
  /** Undefined, as for most: no endpoint is left alone, whatever it answers. */
  readonly health?: EndpointHealth | undefined;
  /** Kept by whatever route leads here that keeps none itself. */
  readonly sessionPersistence: SessionPersistence | undefined;
  /** Undefined = calls are made whatever became of others. */
  readonly circuitBreaker: CircuitBreakerSpec | undefined;
  /** Undefined = none but the gateway's own. */
  readonly connectionLimits: ConnectionLimits | undefined;
  /** Which policies say something of the fields above, by the fields' paths in TrafficPolicies; for people. */
  readonly sources: readonly Sourced<string>[];
  /** Of a Service of the mesh; absent = it has no part in it. Only who takes part in the mesh heeds it. */
  readonly mesh?: MeshedBackend;
  /** Serving endpoints; empty = requests are answered 503. Where there is a split, those of its stable revision, or of the other where stable has none by intention. */
  readonly endpoints: readonly Endpoint[];
  /** Absent, as for most: no Rollout divides its calls. */
  readonly split?: Split;
}

/** How workloads of the mesh call a backend. */
export interface MeshedBackend {
  /** `strict`: nothing is ever sent in plaintext, so endpoints without identity are not called. */
  readonly mode: MeshMode;
  /** What the port speaks. `detect`: it does not say, so each request goes on in the version of HTTP in which it came. */
  readonly protocol: MeshProtocol;
  /** Asked for as server name of those endpoints that have an identity (`InboundService.serverName`). */
  readonly serverName: string;
}

/** What is spoken to HTTP backends; connections of TCP, TLS and UDP routes carry what they carry. */
export type BackendProtocol = 'http1' | 'http2';

/** TLS towards a backend (BackendTLSPolicy). Sessions are never plaintext, whatever is wrong here. */
export interface BackendTls {
  /** Sent as server name, and verified where `subjectAltNames` is empty. */
  readonly serverName: string;
  /** One of them must be in the certificate; then `serverName` need not be. */
  readonly subjectAltNames: readonly SubjectAltName[];
  readonly usesSystemAuthorities: boolean;
  /** Name of a TrustBundle resource; undefined and no system authorities = none can be used, so every call fails. */
  readonly trustBundle: ResourceName | undefined;
}

/** A name in a certificate; DNS names may begin with `*.`. */
export interface SubjectAltName {
  readonly kind: 'dns' | 'uri';
  readonly value: string;
}

/**
 * `leastRequest`: fewer requests in flight of two chosen at random; `roundRobin`: in turn; `random`: any; `peakEwma`: of two chosen at
 * random the one that will probably answer first, by how long its answers took and how many it has to give.
 */
export type Balance = 'leastRequest' | 'peakEwma' | 'random' | 'roundRobin' | ConsistentHash | Utilization;

/** Requests with the same value go to the same endpoint, as long as it is there; those without it to any. */
export interface ConsistentHash {
  readonly kind: 'consistentHash';
  readonly by: 'address' | 'cookie' | 'header' | 'query';
  /** Of the header (lower-case), cookie or query parameter; '' for the client's address. */
  readonly name: string;
}

/** Each endpoint gets as much as it can take, by what it reports of itself with its answers (ORCA; gRFC A58). */
export interface Utilization {
  readonly kind: 'utilization';
  /** Reports count only after they have come for so long. */
  readonly blackoutMs: number;
  /** Without a report for so long an endpoint counts as one that does not report. */
  readonly expiryMs: number;
  /** What an error adds to the utilisation, as a part of what a request does. */
  readonly errorPenalty: number;
}

/** Probes that a half-open breaker can let through, at most: as many as the word that workers share has room for. */
export const MAX_PROBES = 16;

/** When calls are no longer made, as they would fail. */
export interface CircuitBreakerSpec {
  /** Opens when at least this share of the calls that ended within the window failed; 1 to 100. */
  readonly errorPercent: number;
  /** With fewer ended calls within the window it does not open. */
  readonly minimumRequests: number;
  readonly windowMs: number;
  /** How long it stays open before calls may probe. */
  readonly openMs: number;
  /** Probes that are let through, and have to be good for it to close; 1 to MAX_PROBES. */
  readonly halfOpenRequests: number;
}

/** What a backend may be asked at a time, by all workers of a process together; undefined = no limit of its own. */
export interface ConnectionLimits {
  /** Idle ones included. */
  readonly maxConnections: number | undefined;
  /** Requests that wait for a connection where there may be no more; 0 = they are refused. */
  readonly maxPendingRequests: number;
  readonly maxParallelRequests: number | undefined;
}

/**
 * Endpoints for the caller's own node, else for its own zone, are used first; of no consistent hash. Without effect where the caller does not know
 * these, and where no endpoint is for them.
 */
export interface ZonePreference {
  /**
   * Requests in flight, over all workers, that one of its endpoints has at most while one elsewhere has fewer; 0 = however many it
   * has.
   */
  readonly spillOverAbove: number;
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
  /** Where it runs (`topology.kubernetes.io/zone`); undefined = not known, which is another zone than any. */
  readonly zone?: string;
  /** Whose callers it is for where zones are preferred; absent = those of its own zone. */
  readonly forZones?: readonly string[];
  /** Nodes whose callers it is for, before any zone, where zones are preferred. All endpoints of a backend have some, or none has. */
  readonly forNodes?: readonly string[];
  /** Who must answer there, over mutual TLS; absent = no sidecar stands in front. */
  readonly identity?: WorkloadIdentity;
}
