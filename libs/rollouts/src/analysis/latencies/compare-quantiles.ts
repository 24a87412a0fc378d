// SPDX-License-Identifier: Apache-2.0
import { bucketsOfRatio, MAX_LATENCY_BUCKET } from '@weir/base';
import { isShownAbove, isShownBelow, type ComparedRates } from '../rates/compare-rates.ts';
import { evidenceOf, logEvidenceAgainst, priorAround, rateOf, type Prior, type Sample } from '../rates/rate-evidence.ts';
import type { RevisionTally } from '../revision-tally.ts';
import { outcomeOf, type Thresholds } from '../thresholds.ts';
import type { Outcome } from '../verdict.ts';

export interface ComparedQuantiles {
  readonly stable: RevisionTally;
  readonly candidate: RevisionTally;
  readonly quantile: number;
  readonly ratio: number;
}

/** What a bucket says, were stable's quantile in it. */
interface Supposition {
  /** Of stable, slower than the bucket, and as slow or slower: the rates of these are on either side of `1 - quantile`. */
  readonly above: Sample;
  readonly notBelow: Sample;
  /** Of both, slower than `ratio` times the bucket. */
  readonly stable: Sample;
  readonly candidate: Sample;
}

/**
 * Whether more of the candidate's answers are too slow than allowed, or fewer. Stable's quantile is not known but from its answers: a claim is
 * shown if it is of every bucket that the quantile might be in. Against each bucket goes the mean of what says that the quantile is elsewhere
 * and of what says that, with the quantile there, the claim is true; that mean is a martingale for the bucket in which the quantile really is
 * (as in Howard and Ramdas 2022, for quantiles).
 */
export function compareQuantiles(compared: ComparedQuantiles, { logFail, logPass }: Thresholds): Outcome {
  const rate = 1 - compared.quantile;
  const suppose = suppositionsOf(compared);
  const asked: Asked = {
    suppose,
    // Mostly it ends here: where nothing is shown, the bucket that the answers point to says so.
    likeliest: suppose(compared.stable.quantileBucket(compared.quantile)),
    rate,
    prior: priorAround(rate),
  };
  return outcomeOf(
    isShownOfEach(asked, { isShown: isShownAbove, logThreshold: logFail }),
    isShownOfEach(asked, { isShown: isShownBelow, logThreshold: logPass }),
  );
}

interface Asked extends AskedRate {
  readonly suppose: (bucket: number) => Supposition;
  readonly likeliest: Supposition;
}

interface Claim {
  readonly isShown: (rates: ComparedRates, logThreshold: number) => boolean;
  readonly logThreshold: number;
}

function isShownOfEach(asked: Asked, claim: Claim): boolean {
  if (!isShownOf(asked.likeliest, asked, claim)) return false;
  let previous: Supposition | undefined;
  for (let bucket = 0; bucket <= MAX_LATENCY_BUCKET; bucket++) {
    const supposition = asked.suppose(bucket);
    if (previous !== undefined && isSame(supposition, previous)) continue;
    if (!isShownOf(supposition, asked, claim)) return false;
    previous = supposition;
  }
  return true;
}

function isShownOf(supposition: Supposition, asked: AskedRate, { isShown, logThreshold }: Claim): boolean {
  const left = Math.exp(logThreshold) - elsewhereEvidence(supposition, asked) / 4;
  return left <= 0 || isShown(ratesOf(supposition, asked), Math.log(2 * left));
}

interface AskedRate {
  readonly rate: number;
  readonly prior: Prior;
}

/** Twice over one half: that too many are above the bucket, and that too few are not below it. */
function elsewhereEvidence({ above, notBelow }: Supposition, { rate, prior }: AskedRate): number {
  const isTooLow = rateOf(above) > rate;
  const isTooHigh = rateOf(notBelow) < rate;
  if (!isTooLow && !isTooHigh) return 0;
  return Math.exp(logEvidenceAgainst(evidenceOf(isTooLow ? above : notBelow, prior), rate));
}

/** Half-way between stable's own rate and that of a candidate whose quantile is the ratio times stable's. */
function ratesOf({ stable, candidate }: Supposition, { rate, prior }: AskedRate): ComparedRates {
  return {
    stable: evidenceOf(stable, prior),
    candidate: evidenceOf(candidate, prior),
    allowed: { slope: 0.5, offset: rate / 2 },
  };
}

function suppositionsOf({ stable, candidate, ratio }: ComparedQuantiles): (bucket: number) => Supposition {
  const [ofStable, ofCandidate] = [stable.slowerCounts(), candidate.slowerCounts()];
  const [total, candidateTotal] = [stable.answered, candidate.answered];
  const steps = bucketsOfRatio(ratio);
  return bucket => {
    const limit = Math.min(MAX_LATENCY_BUCKET, bucket + steps);
    return {
      above: { hits: ofStable[bucket]!, total },
      notBelow: { hits: bucket === 0 ? total : ofStable[bucket - 1]!, total },
      stable: { hits: ofStable[limit]!, total },
      candidate: { hits: ofCandidate[limit]!, total: candidateTotal },
    };
  };
}

function isSame(one: Supposition, other: Supposition): boolean {
  return (
    one.above.hits === other.above.hits &&
    one.notBelow.hits === other.notBelow.hits &&
    one.stable.hits === other.stable.hits &&
    one.candidate.hits === other.candidate.hits
  );
}
