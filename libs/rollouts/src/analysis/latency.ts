// SPDX-License-Identifier: Apache-2.0
import type { ComparedTallies } from './compared-tallies.ts';
import type { LatencyCondition } from './condition.ts';
import { compareQuantiles } from './latencies/compare-quantiles.ts';
import { formatCount, formatMs, formatQuantile, formatShare } from './numbers.ts';
import { isShownAbove, isShownBelow } from './rates/compare-rates.ts';
import { evidenceOf, priorAround } from './rates/rate-evidence.ts';
import { outcomeOf, type Thresholds } from './thresholds.ts';
import { tooFewRequests } from './too-few-requests.ts';
import { outcomeOfAll, type ConditionVerdict, type Outcome } from './verdict.ts';

interface Part {
  readonly outcome: Outcome;
  readonly words: string;
}

export function judgeLatency(condition: LatencyCondition, tallies: ComparedTallies, thresholds: Thresholds): ConditionVerdict {
  const { quantile, maximumMs, maximumRatio } = condition;
  const { stable, candidate } = tallies;
  const name = formatQuantile(quantile);
  const compared = { stable: stable.answered, candidate: candidate.answered };
  // Once all requests are the candidate's, the bound that needs no stable is still one.
  const needed = maximumMs === undefined ? compared : { ...compared, stable: undefined };
  const missing = tooFewRequests(needed, thresholds.minimumRequests);
  if (missing !== undefined) return { condition, outcome: 'notEnoughTraffic', words: `${name}: ${missing}` };
  const parts: Part[] = [];
  if (maximumMs !== undefined) parts.push(judgeMaximum({ quantile, maximumMs }, tallies, thresholds));
  if (maximumRatio !== undefined) parts.push(judgeRatio({ quantile, maximumRatio }, tallies, thresholds));
  const beside = maximumRatio === undefined ? '' : ` (stable ${formatMs(stable.quantileMs(quantile))})`;
  return {
    condition,
    outcome: outcomeOfAll(parts.map(({ outcome }) => outcome)),
    words: `${name} ${formatMs(candidate.quantileMs(quantile))}${beside} over ${formatCount(candidate.answered)} requests: ${parts.map(({ words }) => words).join('; ')}`,
  };
}

interface Maximum {
  readonly quantile: number;
  readonly maximumMs: number;
}

/** A quantile is above the maximum if more than the rest of the answers is slower than it. */
function judgeMaximum({ quantile, maximumMs }: Maximum, { candidate }: ComparedTallies, { logFail, logPass }: Thresholds): Part {
  const rate = 1 - quantile;
  const evidence = evidenceOf({ hits: candidate.slowerThan(maximumMs), total: candidate.answered }, priorAround(rate));
  const rates = { stable: evidence, candidate: evidence, allowed: { slope: 0, offset: rate } };
  const outcome = outcomeOf(isShownAbove(rates, logFail), isShownBelow(rates, logPass));
  return { outcome, words: `${MAXIMUM_WORDS[outcome]} ${formatMs(maximumMs)} allowed` };
}

interface Ratio {
  readonly quantile: number;
  readonly maximumRatio: number;
}

function judgeRatio({ quantile, maximumRatio }: Ratio, { stable, candidate }: ComparedTallies, thresholds: Thresholds): Part {
  const untold = tooFewRequests({ stable: stable.answered, candidate: candidate.answered }, thresholds.minimumRequests);
  if (untold !== undefined) return { outcome: 'notEnoughTraffic', words: untold };
  const outcome = compareQuantiles({ stable, candidate, quantile, ratio: maximumRatio }, thresholds);
  const limitMs = maximumRatio * stable.quantileMs(quantile);
  const [share, ofStable] = [candidate, stable].map(tally => formatShare(tally.slowerThan(limitMs) / tally.answered));
  return {
    outcome,
    words: `${share} (stable ${ofStable}) slower than ${maximumRatio} times stable's ${formatQuantile(quantile)}, ${formatMs(limitMs)}: ${RATIO_WORDS[outcome]}`,
  };
}

const MAXIMUM_WORDS: Readonly<Record<Outcome, string>> = {
  fail: 'slower than the',
  pass: 'not slower than the',
  undecided: 'not clear yet whether slower than the',
  notEnoughTraffic: '',
};

const RATIO_WORDS: Readonly<Record<Outcome, string>> = {
  fail: 'more than allowed',
  pass: 'not more than allowed',
  undecided: 'not clear yet whether more than allowed',
  notEnoughTraffic: '',
};
