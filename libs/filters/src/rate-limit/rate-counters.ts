// SPDX-License-Identifier: Apache-2.0
import type { RateLimitSpec } from '@weir/policy/snapshot';

/** Counts requests; what it is made of is the engine's. */
export interface RateCounters {
  /** Makes a limit ready. `id`: names its counts for as long as it lives. Throws RangeError for numbers that cannot be counted. */
  prepare(id: string, spec: RateLimitSpec): PreparedLimit;
  /** Counts a request in all of the charges, or in none. */
  admit(charges: readonly RateCharge[]): RateOutcome;
}

/** A limit that counts. */
export interface PreparedLimit {
  /** Value of RateLimit-Policy. */
  readonly policyField: string;
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
