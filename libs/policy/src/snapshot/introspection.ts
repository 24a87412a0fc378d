// SPDX-License-Identifier: Apache-2.0
import type { TokenSource } from './jwt/jwt-provider.ts';
import type { ResourceName } from './resource-name.ts';

/** Tokens about which their issuer is asked (RFC 7662). */
export interface IntrospectionMethod {
  readonly kind: 'introspection';
  readonly name: string;
  /** The first place that has one counts. */
  readonly sources: readonly TokenSource[];
  readonly endpoint: IntrospectionEndpoint;
  /** By which the issuer knows who asks (RFC 6749 §2.3.1). Has a secret: never logged, never dumped. */
  readonly client: { readonly id: string; readonly secret: string };
  /** `iss` must be this; undefined = it is not looked at. */
  readonly issuer: string | undefined;
  /** `aud` must have one of them; empty = it is not looked at. */
  readonly audiences: readonly string[];
  /** `scope` must have all of them. */
  readonly scopes: readonly string[];
  readonly timeoutMs: number;
  /** How long an answer is used again at most; 0 = never. */
  readonly maxAgeMs: number;
  /** Whether the token goes on to the backend. */
  readonly isForwarded: boolean;
}

export interface IntrospectionEndpoint {
  /** A backend, or the origin of a server outside: `https://issuer.example`. Undefined = it cannot be used: the policy is unresolved. */
  readonly backend: ResourceName | undefined;
  /** `Service namespace/service:port`, or the origin: for people. */
  readonly label: string;
  readonly path: string;
  /** Without its `?`; undefined = none. */
  readonly query: string | undefined;
  /** Host of the request. */
  readonly host: string;
}
