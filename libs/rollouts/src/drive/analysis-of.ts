// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '@weir/base';
import { DEFAULT_ANALYSIS_SETTINGS } from '../analysis/analysis-settings.ts';
import type { AnalysisSettings } from '../analysis/analysis-settings.ts';
import type { Condition, ExpressionCondition } from '../analysis/condition.ts';
import type { RolloutSpec } from '../plan/rollout-plan.ts';
import { expressionOf } from './analysis-expression.ts';

type WrittenCondition = NonNullable<RolloutSpec['analysis']>['conditions'][number];

/** What a Rollout is judged by. */
export interface PlannedAnalysis {
  readonly conditions: readonly Condition[];
  readonly settings: AnalysisSettings;
}

/** Gives the last value of a query; undefined = there is none yet, or it cannot be had. */
export type QueryValue = (url: string, query: string) => number | undefined;

/**
 * Undefined = nothing is judged. `steps`: how many steps a rollout has. Each is looked at by an analysis of its own, whatever it waits for, and
 * so is what follows once all requests go to the new revision: they share what a rollout may be aborted by chance.
 */
export function analysisOf(
  { analysis }: RolloutSpec,
  { steps, valueOf }: { readonly steps: number; readonly valueOf: QueryValue },
): PlannedAnalysis | undefined {
  if (analysis === undefined) return undefined;
  const { minimumRequests, falseAbortPercent } = analysis;
  const falseAbort = falseAbortPercent / 100 / (steps + 1);
  return {
    conditions: analysis.conditions.map(condition => conditionOf(condition, valueOf)),
    settings: { ...DEFAULT_ANALYSIS_SETTINGS, minimumRequests, falseAbort },
  };
}

function conditionOf({ successRate, latency, cel, prometheus }: WrittenCondition, valueOf: QueryValue): Condition {
  if (successRate !== undefined) {
    const { minPercent, maxDrop } = successRate;
    return { kind: 'successRate', minimumPercent: minPercent, maximumDropPoints: maxDrop };
  }
  if (latency !== undefined) {
    const { quantile, max, maxRatio } = latency;
    const maximumMs = max === undefined ? undefined : parseDuration(max);
    return { kind: 'latency', quantile: quantile / 100, maximumMs, maximumRatio: maxRatio };
  }
  return prometheus === undefined ? expressionOf(cel ?? 'true') : queryCondition(prometheus, valueOf);
}

function queryCondition(
  { url, query, cel }: NonNullable<WrittenCondition['prometheus']>,
  valueOf: QueryValue,
): ExpressionCondition {
  const { isCompared, holds } = expressionOf(cel);
  return {
    kind: 'expression',
    isCompared,
    text: `${cel} of ${query}`,
    holds: facts => {
      const value = valueOf(url, query);
      return value === undefined ? { problem: `${url} has given no value` } : holds({ ...facts, value });
    },
  };
}
