// SPDX-License-Identifier: Apache-2.0
import type { RevisionTally } from './revision-tally.ts';

/** A revision in plain numbers. What there is nothing to compute of is NaN, of which no comparison is true. */
export interface RevisionFacts {
  readonly requests: number;
  readonly succeeded: number;
  readonly failed: number;
  /** 0 to 100. */
  readonly successPercent: number;
  /** Answers by class: of 1xx to 5xx, in this order. */
  readonly statuses: readonly number[];
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

export function factsOf(tally: RevisionTally): RevisionFacts {
  const { requests, succeeded, failed, statuses } = tally;
  return {
    requests,
    succeeded,
    failed,
    successPercent: requests === 0 ? Number.NaN : (100 * succeeded) / requests,
    statuses: [...statuses],
    p50Ms: tally.quantileMs(0.5),
    p90Ms: tally.quantileMs(0.9),
    p95Ms: tally.quantileMs(0.95),
    p99Ms: tally.quantileMs(0.99),
  };
}
