// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { logBeta } from './log-beta.ts';
import { evidenceOf, logEvidenceAgainst, priorAround } from './rate-evidence.ts';

describe('the beta function', () => {
  it('is what can be computed by hand', () => {
    expect(Math.exp(logBeta(2, 3))).toBeCloseTo(1 / 12, 12);
    expect(Math.exp(logBeta(0.5, 0.5))).toBeCloseTo(Math.PI, 12);
  });

  it('follows its recursion for small and for large arguments', () => {
    for (const [a, b] of [
      [0.5, 0.7],
      [11.5, 12],
      [3, 400],
      [5000, 2_000_000],
    ] as const) {
      expect(logBeta(a + 1, b)).toBeCloseTo(logBeta(a, b) + Math.log(a / (a + b)), 6);
    }
  });
});

describe('evidence against a rate', () => {
  const TOTAL = 40;
  const outcomes = Array.from({ length: TOTAL + 1 }, (_, hits) => ({ hits, total: TOTAL }));
  const logWays = outcomes.map(({ hits }) => -Math.log(TOTAL + 1) - logBeta(hits + 1, TOTAL - hits + 1));

  it.each([0.001, 0.02, 0.3, 0.5])('is 1 on average if %d is the true rate, whatever the prior', rate => {
    for (const prior of [priorAround(0.001), priorAround(0.01), priorAround(0.4), { a: 1, b: 1 }]) {
      const mean = outcomes.reduce((sum, sample, i) => {
        const logChance = logWays[i]! + sample.hits * Math.log(rate) + (TOTAL - sample.hits) * Math.log(1 - rate);
        return sum + Math.exp(logChance + logEvidenceAgainst(evidenceOf(sample, prior), rate));
      }, 0);
      expect(mean).toBeCloseTo(1, 9);
    }
  });

  it('grows with the distance from what was seen', () => {
    const evidence = evidenceOf({ hits: 10, total: 1000 }, priorAround(0.01));
    const against = [0, 0.001, 0.005, 0.01].map(rate => logEvidenceAgainst(evidence, rate));
    expect(against[0]).toBe(Infinity);
    expect(against).toEqual(against.toSorted((left, right) => right - left));
    expect(against[3]).toBeLessThan(0);
  });

  it('is none of no requests', () => {
    expect(logEvidenceAgainst(evidenceOf({ hits: 0, total: 0 }, priorAround(0.01)), 0.2)).toBeCloseTo(0, 12);
  });
});
