// SPDX-License-Identifier: Apache-2.0
import { logBeta } from './log-beta.ts';

/** Of `total` requests, `hits` failed or were slower than a limit. */
export interface Sample {
  readonly hits: number;
  readonly total: number;
}

/** A beta distribution over rates. */
export interface Prior {
  readonly a: number;
  readonly b: number;
}

/**
 * What a sample says against any rate: by how much better the mixture of all rates, weighted by a prior, foretold the sample than that rate did.
 * Were it the true rate, this ratio would be a martingale that begins at 1: the chance that it ever, at any of endlessly many looks,
 * reaches 1/α is at most α (Ville 1939; Robbins 1970; Howard, Ramdas, McAuliffe and Sekhon 2021).
 */
export interface RateEvidence {
  readonly sample: Sample;
  readonly logMixture: number;
}

const LEAST_MEAN = 0.0001;
const MOST_MEAN = 0.5;

/** Where rates near `rate` are to be told apart soonest. Any prior keeps the error rates, as long as it does not depend on what is seen. */
export function priorAround(rate: number): Prior {
  // Above the rate in question, since what is worse shall be seen before it has done much.
  const mean = Math.max(LEAST_MEAN, Math.min(MOST_MEAN, 2 * rate));
  return { a: 0.5, b: (0.5 * (1 - mean)) / mean };
}

export function evidenceOf(sample: Sample, { a, b }: Prior): RateEvidence {
  const { hits, total } = sample;
  return { sample, logMixture: logBeta(a + hits, b + total - hits) - logBeta(a, b) };
}

/** ln of the evidence against `rate`; Infinity where it could not have come to the sample. */
export function logEvidenceAgainst({ sample: { hits, total }, logMixture }: RateEvidence, rate: number): number {
  return logMixture - timesLog(hits, rate) - timesLog(total - hits, 1 - rate);
}

/** The rate of the sample itself; 0 of no requests. */
export function rateOf({ hits, total }: Sample): number {
  return total === 0 ? 0 : hits / total;
}

function timesLog(count: number, rate: number): number {
  return count === 0 ? 0 : count * Math.log(rate);
}
