// SPDX-License-Identifier: Apache-2.0
import type { Exchange, Identity } from '@weir/base';
import type { HeaderValue } from '@weir/policy/snapshot';

/** What a method of authentication says of a request. */
export type Authenticated =
  /** Nothing of the method's is there. */
  | { readonly kind: 'absent' }
  /** What is there is wrong: for the operator's log. */
  | { readonly kind: 'refused'; readonly detail: string }
  /** It could not be looked at: a key set that is not to be had. */
  | { readonly kind: 'unavailable'; readonly detail: string }
  | Admitted;

export interface Admitted {
  readonly kind: 'admitted';
  readonly identity: Identity;
  /** Fields that the backend gets of the identity; of `Authenticator.ownedHeaders`. */
  readonly headers: readonly HeaderValue[];
}

export const ABSENT: Authenticated = Object.freeze({ kind: 'absent' });

export const NO_HEADERS: readonly HeaderValue[] = Object.freeze([]);

/** One method of authentication at work. */
export interface Authenticator {
  readonly name: string;
  /** For WWW-Authenticate (RFC 9110 §11.6.1). */
  readonly challenge: string;
  /** The same for a caller whose credential was refused. */
  readonly challengeOfRefused: string;
  /** Header fields that nobody but the method may write: what comes in under these names is removed. Lower-case. */
  readonly ownedHeaders: readonly string[];
  /** Never throws. Returns a promise only where it has to wait. */
  authenticate(exchange: Exchange): Authenticated | Promise<Authenticated>;
  /** Keeps the credential out of what is logged of the request; undefined = it is in no place that is. Never throws. */
  readonly hide: ((exchange: Exchange) => void) | undefined;
  /** Takes the credential out of the request, where it is not for the backend. Called once the request is admitted. */
  strip(exchange: Exchange): void;
}
