// SPDX-License-Identifier: Apache-2.0
import type { RateLimitKey, RequestConditions } from './traffic.ts';

/** How many requests may be in flight at once. */
export interface ConcurrencyLimitSpec {
  /** `namespace/name` of the TrafficPolicy. */
  readonly policy: string;
  /** Where that is attached. */
  readonly scope: string;
  /** Unique in its policy. */
  readonly limit: string;
  /** Of each key, over all workers of the process. */
  readonly requests: number;
  /** Callers are counted apart by these; empty = all together. */
  readonly key: readonly RateLimitKey[];
  /** Each route has a count of its own. */
  readonly isPerRoute: boolean;
  /** Undefined = every request is counted. */
  readonly when: RequestConditions | undefined;
  /** Undefined = nobody waits for a place. */
  readonly queue: ConcurrencyQueue | undefined;
  /** Refuses nothing. */
  readonly isShadow: boolean;
}

export interface ConcurrencyQueue {
  /** Of each key, over all workers of the process. */
  readonly size: number;
  readonly timeoutMs: number;
}
