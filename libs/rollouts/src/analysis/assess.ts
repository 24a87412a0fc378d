// SPDX-License-Identifier: Apache-2.0
import type { AnalysisSettings } from './analysis-settings.ts';
import type { ComparedTallies } from './compared-tallies.ts';
import type { Condition } from './condition.ts';
import { judgeExpression } from './expression.ts';
import { judgeLatency } from './latency.ts';
import { judgeSuccessRate } from './success-rate.ts';
import { thresholdsOf, type Thresholds } from './thresholds.ts';
import { outcomeOfAll, type ConditionVerdict, type Verdict } from './verdict.ts';

/**
 * A look at an analysis: all that has been counted since it began, in the same time for both revisions. It begins anew when the share of the candidate
 * changes, else sums of different times would be compared.
 */
export interface Look extends ComparedTallies {
  readonly conditions: readonly Condition[];
  readonly settings: AnalysisSettings;
}

/**
 * What can be said of the candidate by now. It may be asked as often as one likes, and its first `pass` or `fail` may be acted on: the error rates of
 * the settings are those of all looks together. They hold for requests that fail, or are slow, independently of each other.
 */
export function assess({ conditions, settings, stable, candidate }: Look): Verdict {
  const thresholds = thresholdsOf(conditions, settings);
  const verdicts = conditions.map(condition => judge(condition, { stable, candidate }, thresholds));
  return { outcome: outcomeOfAll(verdicts.map(({ outcome }) => outcome)), conditions: verdicts };
}

function judge(condition: Condition, tallies: ComparedTallies, thresholds: Thresholds): ConditionVerdict {
  switch (condition.kind) {
    case 'expression':
      return judgeExpression(condition, tallies, thresholds.minimumRequests);
    case 'latency':
      return judgeLatency(condition, tallies, thresholds);
    case 'successRate':
      return judgeSuccessRate(condition, tallies, thresholds);
  }
}
