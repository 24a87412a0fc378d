// SPDX-License-Identifier: Apache-2.0
import type { RevisionFacts } from './revision-facts.ts';

/** What must be true of a candidate. */
export type Condition = ExpressionCondition | LatencyCondition | SuccessRateCondition;

/** The share of requests that do not fail. At least one of the two bounds is there. */
export interface SuccessRateCondition {
  readonly kind: 'successRate';
  /** At least this; below 100, of which it can be shown only that it is not kept. */
  readonly minimumPercent: number | undefined;
  /** At most so many percentage points lower than stable's at the same time; above 0. */
  readonly maximumDropPoints: number | undefined;
}

/** The time to the head of the answer, of requests that were answered. At least one of the two bounds is there. */
export interface LatencyCondition {
  readonly kind: 'latency';
  /** Share of the answers that came within it: 0.99 = p99; above 0 and below 1. */
  readonly quantile: number;
  /** At most this: no more than `1 - quantile` of the answers are slower. */
  readonly maximumMs: number | undefined;
  /**
   * A candidate whose quantile is this many times that of stable at the same time is too slow; above 1.05. The line is drawn half-way between
   * stable's own share of answers slower than that and the share that such a candidate has, so that both can be told from it.
   */
  readonly maximumRatio: number | undefined;
}

/** Whatever can be said of plain numbers. It is asked at each look for what is true then; there are no statistics in it. */
export interface ExpressionCondition {
  readonly kind: 'expression';
  /** As its author wrote it, for people. */
  readonly text: string;
  /** It looks at stable, too. */
  readonly isCompared: boolean;
  readonly holds: (facts: AnalysisFacts) => ExpressionResult;
}

/** What is wrong with it, where it cannot be computed. */
export type ExpressionResult = boolean | { readonly problem: string };

export interface AnalysisFacts {
  readonly stable: RevisionFacts;
  readonly candidate: RevisionFacts;
}
