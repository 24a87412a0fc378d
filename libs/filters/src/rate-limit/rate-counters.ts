// SPDX-License-Identifier: Apache-2.0
import type { RateLimitSpec, RateLimitStore, SharedRateLimit } from '@weir/policy/snapshot';

/** Counts requests; what it is made of is the engine's. */
export interface RateCounters {
  /** Makes a limit ready. `id`: names its counts for as long as it lives. Throws RangeError for numbers that cannot be counted. */
  prepare(id: string, spec: RateLimitSpec): PreparedLimit;
  /** Counts a request in all of the charges, or in none, in the memory of this process. */
  admit(charges: readonly RateCharge[]): LocalOutcome;
  /** Which stores the limits in force have: those are connected to, all others are left. */
  retainStores(stores: readonly RateLimitStore[]): void;
  /** A limit's store did not answer, and `onFailure` decided. `label`: of the limit. */
  wentWithoutStore(label: string, onFailure: SharedRateLimit['onFailure']): void;
}

/** A limit that counts. */
export interface PreparedLimit {
  /** Value of RateLimit-Policy. */
  readonly policyField: string;
  /** Where several gateways count together; undefined = in the memory of this process. The same one for all limits that have it. */
  readonly store: SharedCounters | undefined;
}

/** Counters outside of the process. */
export interface SharedCounters {
  /** Counts a request in all of the charges, or in none. Resolves within the store's time; undefined = it did not say. */
  admit(charges: readonly RateCharge[]): Promise<RateOutcome | undefined>;
}

/** What one request costs one key of a limit. */
export interface RateCharge {
  readonly limit: PreparedLimit;
  readonly key: string;
  readonly cost: number;
}

/** What became of a request's charges. */
export interface RateOutcome {
  readonly isAdmitted: boolean;
  /** Index of the first charge that found no room; -1 = all did. */
  readonly refusedIndex: number;
  /** Value of RateLimit. */
  limitField(): string;
  /** Value of Retry-After; undefined where no waiting helps. */
  retryAfter(): string | undefined;
}

/** What was taken in memory can go back, where something else refuses the request. */
export interface LocalOutcome extends RateOutcome {
  giveBack(): void;
}
