// SPDX-License-Identifier: Apache-2.0
import type { AnalysisSettings } from './analysis-settings.ts';
import type { Condition } from './condition.ts';
import type { Outcome } from './verdict.ts';

/** Natural logarithms of the evidence that it takes to say something. */
export interface Thresholds {
  readonly logFail: number;
  readonly logPass: number;
  readonly minimumRequests: number;
}

/**
 * Each bound of each condition may fail a candidate, so they share the rate of false aborts (Boole's inequality). What is worse than one of
 * them passes only if that one passes it, so each has the whole rate of missed regressions.
 */
export function thresholdsOf(conditions: readonly Condition[], settings: AnalysisSettings): Thresholds {
  const bounds = conditions.reduce((sum, condition) => sum + boundsOf(condition), 0);
  return {
    logFail: Math.log(Math.max(1, bounds) / settings.falseAbort),
    logPass: -Math.log(settings.missedRegression),
    minimumRequests: settings.minimumRequests,
  };
}

/** What two tests of opposite sides have shown; they never both show something. */
export function outcomeOf(isAbove: boolean, isBelow: boolean): Outcome {
  if (isAbove) return 'fail';
  return isBelow ? 'pass' : 'undecided';
}

function boundsOf(condition: Condition): number {
  switch (condition.kind) {
    case 'expression':
      return 0;
    case 'latency':
      return Number(condition.maximumMs !== undefined) + Number(condition.maximumRatio !== undefined);
    case 'successRate':
      return Number(condition.minimumPercent !== undefined) + Number(condition.maximumDropPoints !== undefined);
  }
}
