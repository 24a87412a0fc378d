// SPDX-License-Identifier: Apache-2.0
import type { Condition } from './condition.ts';

/**
 * `pass`: shown to be not worse than allowed. `fail`: shown to be worse than allowed. `undecided`: neither, yet; more traffic will tell.
 * `notEnoughTraffic`: nothing is said, as there were too few requests.
 */
export type Outcome = 'fail' | 'notEnoughTraffic' | 'pass' | 'undecided';

export interface ConditionVerdict {
  readonly condition: Condition;
  readonly outcome: Outcome;
  /** For people: what was seen, over how much, and what is said of it. */
  readonly words: string;
}

export interface Verdict {
  readonly outcome: Outcome;
  /** In the order of the conditions. */
  readonly conditions: readonly ConditionVerdict[];
}

/** One that fails is enough; all that pass are; else what is missing: first traffic, then a decision. Of none it is `pass`. */
export function outcomeOfAll(outcomes: readonly Outcome[]): Outcome {
  if (outcomes.includes('fail')) return 'fail';
  if (outcomes.includes('notEnoughTraffic')) return 'notEnoughTraffic';
  return outcomes.includes('undecided') ? 'undecided' : 'pass';
}
