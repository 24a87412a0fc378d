// SPDX-License-Identifier: Apache-2.0
import { logEvidenceAgainst, rateOf, type RateEvidence } from './rate-evidence.ts';

/** How high the candidate's rate may be, by stable's: `slope` × stable's + `offset`. Without slope, stable does not matter. */
export interface AllowedRate {
  readonly slope: number;
  readonly offset: number;
}

export interface ComparedRates {
  readonly stable: RateEvidence;
  readonly candidate: RateEvidence;
  readonly allowed: AllowedRate;
}

/** Halvings of a golden section: the least evidence is found to about 10⁻⁷ of the width it may lie in. */
const STEPS = 34;
const GOLDEN = (Math.sqrt(5) - 1) / 2;
const LOG_THIRD = -Math.log(3);

/** Whether the samples show, with evidence of at least e^`logThreshold`, that the candidate's rate is above what is allowed. */
export function isShownAbove(rates: ComparedRates, logThreshold: number): boolean {
  return excessOf(rates) > 0 && isShown(rates, logThreshold);
}

/** As `isShownAbove`, that the candidate's rate is below what is allowed. */
export function isShownBelow(rates: ComparedRates, logThreshold: number): boolean {
  return excessOf(rates) < 0 && isShown(rates, logThreshold);
}

/** By how much the candidate's sample is above what is allowed by stable's. */
function excessOf({ stable, candidate, allowed }: ComparedRates): number {
  return rateOf(candidate.sample) - allowed.slope * rateOf(stable.sample) - allowed.offset;
}

/**
 * Whether every pair of rates on the far side of the line can be ruled out. The pair that is hardest to rule out lies on the line, between the rates of
 * the two samples; the evidence is convex there.
 */
function isShown({ stable, candidate, allowed: { slope, offset } }: ComparedRates, logThreshold: number): boolean {
  if (slope === 0) return logEvidenceAgainst(candidate, clamp(offset)) >= logThreshold;
  const ofStable = rateOf(stable.sample);
  const whereAllowed = clamp((rateOf(candidate.sample) - offset) / slope);
  const last = Math.min(1, (1 - offset) / slope);
  const from = Math.min(last, ofStable, whereAllowed);
  const to = Math.min(last, Math.max(ofStable, whereAllowed));
  return isEverywhereAbove({ from, to, logThreshold }, rate =>
    logPairEvidence(logEvidenceAgainst(candidate, clamp(slope * rate + offset)), logEvidenceAgainst(stable, rate)),
  );
}

/**
 * Evidence against a pair of rates: the mean of what the candidate's sample says, what stable's says, and what both say together. Each is a
 * martingale if the pair is the true one, and so is their mean. Both together are what tells most of samples of one size; beside a much larger
 * one, the smaller one alone does, as the larger one need not be weighed anew.
 */
function logPairEvidence(ofCandidate: number, ofStable: number): number {
  const most = Math.max(ofCandidate, ofStable, ofCandidate + ofStable);
  if (most === Infinity) return Infinity;
  const sum = Math.exp(ofCandidate - most) + Math.exp(ofStable - most) + Math.exp(ofCandidate + ofStable - most);
  return LOG_THIRD + most + Math.log(sum);
}

interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly logThreshold: number;
}

/** Whether a function with one valley stays at or above the threshold: a golden section, which ends as soon as it has been below. */
function isEverywhereAbove({ from, to, logThreshold }: Stretch, heightAt: (rate: number) => number): boolean {
  let [low, high] = [from, to];
  let [left, right] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
  let [leftHeight, rightHeight] = [heightAt(left), heightAt(right)];
  for (let i = 0; i < STEPS; i++) {
    if (Math.min(leftHeight, rightHeight) < logThreshold) return false;
    if (leftHeight < rightHeight) {
      [high, right, rightHeight] = [right, left, leftHeight];
      left = high - GOLDEN * (high - low);
      leftHeight = heightAt(left);
    } else {
      [low, left, leftHeight] = [left, right, rightHeight];
      right = low + GOLDEN * (high - low);
      rightHeight = heightAt(right);
    }
  }
  return Math.min(heightAt(from), heightAt(to), leftHeight, rightHeight) >= logThreshold;
}

function clamp(rate: number): number {
  return Math.min(1, Math.max(0, rate));
}
