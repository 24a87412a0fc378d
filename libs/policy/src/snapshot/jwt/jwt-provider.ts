// SPDX-License-Identifier: Apache-2.0
import type { JwtAlgorithm } from './jwt-algorithm.ts';

/** Who issues JSON Web Tokens (RFC 7519), how they are verified, and where requests carry them. */
export interface JwtProvider {
  /** For people: logs, metrics, `weir explain`. */
  readonly name: string;
  /** `iss` must be exactly this. */
  readonly issuer: string;
  /** `aud` must have one of them; empty = any, and none. */
  readonly audiences: readonly string[];
  /** Narrows what the keys allow, never widens it. */
  readonly algorithms: readonly JwtAlgorithm[];
  /** By how much clocks may differ: for `exp`, `nbf` and `iat`. */
  readonly leewayMs: number;
  /** Whether a token without `exp` is refused. */
  readonly requiresExpiry: boolean;
  /** All of them. */
  readonly requiredClaims: readonly RequiredClaim[];
  readonly keys: JwtKeys;
  /** Tried in order; the first that a request has is its token. */
  readonly sources: readonly TokenSource[];
  readonly claimHeaders: readonly ClaimHeader[];
  /** Whether the backend gets the token; else it is taken out of the request. */
  readonly forwardsToken: boolean;
}

/** A claim by the names that lead to it, such as `['realm_access', 'roles']`. */
export interface RequiredClaim {
  readonly path: readonly string[];
  /** The claim, or an element of it, is one of them; empty = it must be there. */
  readonly values: readonly string[];
}

/** A claim that the backend gets as a header. What the client sent under that name is always removed. */
export interface ClaimHeader {
  readonly path: readonly string[];
  /** Lower-case. */
  readonly header: string;
}

/** `header`: name lower-case; its value must begin with `prefix`, such as `Bearer `, compared without case. */
export type TokenSource =
  | { readonly kind: 'header'; readonly name: string; readonly prefix: string }
  | { readonly kind: 'query' | 'cookie'; readonly name: string };

export type JwtKeys = InlineJwtKeys | RemoteJwtKeys | UnresolvedJwtKeys;

/** A key set (RFC 7517 §5) as JSON. Only here may it have secrets (`kty: oct`): never logged, never dumped. */
export interface InlineJwtKeys {
  readonly kind: 'inline';
  readonly jwks: string;
}

/** A key set that is fetched. */
export interface RemoteJwtKeys {
  readonly kind: 'remote';
  readonly url: string;
  readonly refreshMs: number;
  /** Whether `url` may be http also beyond loopback. Whoever is on the way can then forge tokens. */
  readonly allowsPlaintext: boolean;
}

/** What the document refers to is not there or not permitted: every token is refused. */
export interface UnresolvedJwtKeys {
  readonly kind: 'unresolved';
  readonly detail: string;
}
