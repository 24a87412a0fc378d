// SPDX-License-Identifier: Apache-2.0
import type { ComparedTallies } from './compared-tallies.ts';
import type { ExpressionCondition, ExpressionResult } from './condition.ts';
import { formatCount } from './numbers.ts';
import { factsOf } from './revision-facts.ts';
import { tooFewRequests } from './too-few-requests.ts';
import type { ConditionVerdict } from './verdict.ts';

/** What cannot be computed neither passes nor fails: nobody has decided what it means. */
export function judgeExpression(
  condition: ExpressionCondition,
  { stable, candidate }: ComparedTallies,
  minimumRequests: number,
): ConditionVerdict {
  const { text, isCompared, holds } = condition;
  const requests = { stable: isCompared ? stable.requests : undefined, candidate: candidate.requests };
  const missing = tooFewRequests(requests, minimumRequests);
  if (missing !== undefined) return { condition, outcome: 'notEnoughTraffic', words: `${text}: ${missing}` };
  const result = holds({ stable: factsOf(stable), candidate: factsOf(candidate) });
  return {
    condition,
    outcome: outcomeOfResult(result),
    words: `${text}, over ${formatCount(candidate.requests)} requests: ${wordsOf(result)}`,
  };
}

function outcomeOfResult(result: ExpressionResult): ConditionVerdict['outcome'] {
  if (typeof result === 'object') return 'undecided';
  return result ? 'pass' : 'fail';
}

function wordsOf(result: ExpressionResult): string {
  if (typeof result === 'object') return `cannot be computed: ${result.problem}`;
  return result ? 'true' : 'false';
}
