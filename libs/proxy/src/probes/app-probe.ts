// SPDX-License-Identifier: Apache-2.0

interface Timed {
  readonly port: number;
  readonly timeoutMs: number;
}

/** A GET of the application, as `httpGet` of a probe in Kubernetes. */
export interface HttpAppProbe extends Timed {
  readonly kind: 'http';
  readonly isTls: boolean;
  /** With its query, as it stands on the request's line. */
  readonly path: string;
  /** Value of the field Host. */
  readonly host: string;
  /** Fields of the request besides Host and Connection. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** A connection to the application. */
export interface TcpAppProbe extends Timed {
  readonly kind: 'tcp';
}

/** A call of grpc.health.v1.Health/Check, in plaintext. */
export interface GrpcAppProbe extends Timed {
  readonly kind: 'grpc';
  /** '' = the server as a whole. */
  readonly service: string;
}

/** How an orchestrator would have asked the application itself. */
export type AppProbe = GrpcAppProbe | HttpAppProbe | TcpAppProbe;

/** By the path at which a sidecar is asked in the application's place: `/app-health/CONTAINER/livez`, `…/readyz`, `…/startupz`. */
export type AppProbes = ReadonlyMap<string, AppProbe>;
