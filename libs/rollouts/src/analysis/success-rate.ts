// SPDX-License-Identifier: Apache-2.0
import type { ComparedTallies } from './compared-tallies.ts';
import type { SuccessRateCondition } from './condition.ts';
import { formatCount, formatShare } from './numbers.ts';
import { isShownAbove, isShownBelow, type AllowedRate } from './rates/compare-rates.ts';
import { evidenceOf, priorAround, type Sample } from './rates/rate-evidence.ts';
import type { RevisionTally } from './revision-tally.ts';
import { outcomeOf, type Thresholds } from './thresholds.ts';
import { tooFewRequests } from './too-few-requests.ts';
import { outcomeOfAll, type ConditionVerdict, type Outcome } from './verdict.ts';

/** Failures of most services are about that rare, or rarer; see `priorAround`. */
const USUAL_FAILURES = 0.01;

interface Part {
  readonly outcome: Outcome;
  readonly words: string;
}

export function judgeSuccessRate(
  condition: SuccessRateCondition,
  tallies: ComparedTallies,
  thresholds: Thresholds,
): ConditionVerdict {
  const { minimumPercent, maximumDropPoints } = condition;
  const { stable, candidate } = tallies;
  const compared = { stable: stable.requests, candidate: candidate.requests };
  // Once all requests are the candidate's, the bound that needs no stable is still one.
  const needed = minimumPercent === undefined ? compared : { ...compared, stable: undefined };
  const missing = tooFewRequests(needed, thresholds.minimumRequests);
  if (missing !== undefined) return { condition, outcome: 'notEnoughTraffic', words: `success rate: ${missing}` };
  const parts: Part[] = [];
  if (minimumPercent !== undefined) {
    const outcome = judgeFailures({ slope: 0, offset: 1 - minimumPercent / 100 }, tallies, thresholds);
    parts.push({ outcome, words: MINIMUM_WORDS[outcome](minimumPercent) });
  }
  if (maximumDropPoints !== undefined) parts.push(judgeDrop(maximumDropPoints, tallies, thresholds));
  const beside = maximumDropPoints === undefined ? '' : ` (stable ${successOf(stable)})`;
  return {
    condition,
    outcome: outcomeOfAll(parts.map(({ outcome }) => outcome)),
    words: `success rate ${successOf(candidate)}${beside} over ${formatCount(candidate.requests)} requests: ${parts.map(({ words }) => words).join('; ')}`,
  };
}

function judgeDrop(points: number, tallies: ComparedTallies, thresholds: Thresholds): Part {
  const requests = { stable: tallies.stable.requests, candidate: tallies.candidate.requests };
  const missing = tooFewRequests(requests, thresholds.minimumRequests);
  if (missing !== undefined) return { outcome: 'notEnoughTraffic', words: missing };
  const outcome = judgeFailures({ slope: 1, offset: points / 100 }, tallies, thresholds);
  return { outcome, words: DROP_WORDS[outcome](points) };
}

function judgeFailures(allowed: AllowedRate, { stable, candidate }: ComparedTallies, { logFail, logPass }: Thresholds): Outcome {
  const prior = priorAround(allowed.slope === 0 ? allowed.offset : Math.max(USUAL_FAILURES, allowed.offset));
  const rates = { stable: evidenceOf(failuresOf(stable), prior), candidate: evidenceOf(failuresOf(candidate), prior), allowed };
  return outcomeOf(isShownAbove(rates, logFail), isShownBelow(rates, logPass));
}

function failuresOf({ failed, requests }: RevisionTally): Sample {
  return { hits: failed, total: requests };
}

function successOf({ succeeded, requests }: RevisionTally): string {
  return formatShare(succeeded / requests);
}

type Words = Readonly<Record<Outcome, (bound: number) => string>>;

const MINIMUM_WORDS: Words = {
  fail: percent => `below the ${percent} % asked for`,
  pass: percent => `not below the ${percent} % asked for`,
  undecided: percent => `not clear yet whether below the ${percent} % asked for`,
  notEnoughTraffic: () => '',
};

const DROP_WORDS: Words = {
  fail: points => `worse than ${points} points allowed`,
  pass: points => `not worse than ${points} points allowed`,
  undecided: points => `not clear yet whether worse than ${points} points allowed`,
  notEnoughTraffic: () => '',
};
