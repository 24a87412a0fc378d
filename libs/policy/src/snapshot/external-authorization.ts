// SPDX-License-Identifier: Apache-2.0
import type { ResourceName } from './resource-name.ts';

/** Somebody outside who is asked about each request before it goes on. */
export interface ExternalAuthorization {
  readonly service: AuthorizationService;
  /** Undefined = the reference is broken: every request is refused. */
  readonly backend: ResourceName | undefined;
  /** `namespace/service:port`, for people. */
  readonly label: string;
  /** Above 0; for the whole call, a second try included. */
  readonly timeoutMs: number;
  /** Undefined = the service gets no body. */
  readonly body: ForwardedBody | undefined;
  /** Whether requests go on that the service could not be asked about. */
  readonly failsOpen: boolean;
}

export interface ForwardedBody {
  readonly maxBytes: number;
  /** `refuse`: 413; `truncate`: the service gets the first `maxBytes`. */
  readonly whenLonger: 'refuse' | 'truncate';
}

export type AuthorizationService = GrpcAuthorizationService | HttpAuthorizationService;

/** envoy.service.auth.v3.Authorization/Check. */
export interface GrpcAuthorizationService {
  readonly kind: 'grpc';
  /** Lower-case; undefined = all. */
  readonly headersToService: readonly string[] | undefined;
}

/** A request about the request: 2xx admits it, anything else is what the caller gets. Names of headers are lower-case. */
export interface HttpAuthorizationService {
  readonly kind: 'http';
  readonly path: AuthorizationPath;
  /** What is sent of the request's own, besides those that say what is asked. */
  readonly headersToService: readonly string[];
  /** What the backend gets of an answer that admits; undefined = all that do not describe the answer itself. */
  readonly headersToBackend: readonly string[] | undefined;
  /** What the caller gets of an answer that does not admit; undefined = all. */
  readonly headersToClient: readonly string[] | undefined;
}

/** `fixed`: this path for all requests, with GET or, with a body, POST; `prefixed`: in front of the request's own, with its method. */
export interface AuthorizationPath {
  readonly kind: 'fixed' | 'prefixed';
  readonly value: string;
}
