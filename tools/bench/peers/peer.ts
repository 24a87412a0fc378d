// SPDX-License-Identifier: Apache-2.0
import type { Child } from '../processes/child.ts';

/** What clients speak. gRPC is HTTP/2 on both sides; connections of `tcp` are carried whole to the backend. */
export type Protocol = 'http1' | 'http2' | 'grpc' | 'websocket' | 'tcp';

/** Same job for every contestant: listen, route by path prefix, keep connections to the backend, write an access log. */
export interface PeerSetup {
  /** Its own, empty. */
  readonly directory: string;
  readonly listenPort: number;
  readonly backendPort: number;
  readonly routeCount: number;
  /** Absent = plain HTTP. */
  readonly tls: TlsFiles | undefined;
  readonly protocol: Protocol;
  /** The backend takes HTTP/2, by prior knowledge, and nothing else. */
  readonly isBackendHttp2: boolean;
  /** What requests come under; absent = nothing. */
  readonly policies?: PolicySetup;
}

/** Policies to be measured: all together or each alone. */
export interface PolicySetup {
  readonly tokens: TokenSetup;
  /** `tokens`: verified and remembered. `rule`: one, on the subject of the token where there is one, else on the method. `limit`: one that never refuses, by the same. `places`: a limit on requests in flight, of all together, with a queue; of Weir only. */
  readonly parts: ReadonlySet<PolicyPart>;
}

export type PolicyPart = 'breaker' | 'limit' | 'places' | 'rule' | 'tokens';

/** Callers show a JSON Web Token as bearers. */
export interface TokenSetup {
  readonly issuer: string;
  readonly audience: string;
  readonly subject: string;
  /** The key set of the issuer, as JSON. */
  readonly jwks: string;
}

export interface TlsFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Both in one file, as HAProxy wants them. */
  readonly combinedFile: string;
}

export interface Peer {
  readonly name: string;
  /** What this machine lacks for it, or undefined when it can run. */
  findMissing(): string | undefined;
  /** Writes its configuration and starts it; it may not serve yet. */
  start(setup: PeerSetup): Promise<Child>;
}

/** Whether clients speak HTTP/2 for it. */
export function isHttp2(protocol: Protocol): boolean {
  return protocol === 'http2' || protocol === 'grpc';
}
