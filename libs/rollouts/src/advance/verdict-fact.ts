// SPDX-License-Identifier: Apache-2.0
import type { Verdict } from '../analysis/verdict.ts';
import type { VerdictFact } from './rollout-facts.ts';

/** What an analysis that looked at `step` says of it, with the words of the conditions that decide it. */
export function verdictFact(step: string, { outcome, conditions }: Verdict): VerdictFact {
  const deciding = conditions.filter(condition => condition.outcome === outcome);
  return { step, outcome, words: deciding.map(condition => condition.words).join('; ') };
}
