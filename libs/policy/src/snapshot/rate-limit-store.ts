// SPDX-License-Identifier: Apache-2.0

/** A Redis server in which several gateways count together. */
export interface RateLimitStore {
  /** `rediss://host:6379/0`, for people: all of it, and no credentials. */
  readonly url: string;
  /** A name or address; of IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly database: number;
  /** A user of an access list; undefined = the default user. */
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Undefined = plaintext. */
  readonly tls: RateLimitStoreTls | undefined;
  /** A request waits for it no longer than this. */
  readonly timeoutMs: number;
}

export interface RateLimitStoreTls {
  /** Undefined = whom Node trusts, and NODE_EXTRA_CA_CERTS. */
  readonly authoritiesPem: string | undefined;
}

/** That a limit is one for several gateways. */
export interface SharedRateLimit {
  readonly store: RateLimitStore;
  /** While the store does not answer: refuse, count alone, let through. */
  readonly onFailure: 'closed' | 'local' | 'open';
}
