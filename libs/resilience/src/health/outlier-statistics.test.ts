// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { countsSince, latencyOutliers, successRateOutliers } from './outlier-statistics.ts';
import type { Sample } from './outlier-statistics.ts';

const RATE = { minimumRequests: 100, minimumEndpoints: 3, standardDeviations: 1 };
const LATENCY = { minimumRequests: 10, minimumEndpoints: 3, factor: 3, thresholdMs: 100 };

/** Endpoints with a thousand answers each, of which so many are failures. */
function failing(...failures: readonly number[]): readonly Sample[] {
  return failures.map((count, index) => ({
    endpoint: `e${index}`,
    counts: { answers: 1000, failures: count, heads: 0, headTenths: 0 },
  }));
}

function taking(...meansMs: readonly number[]): readonly Sample[] {
  return meansMs.map((ms, index) => ({
    endpoint: `e${index}`,
    counts: { answers: 0, failures: 0, heads: 10, headTenths: ms * 100 },
  }));
}

describe('the success rate', () => {
  it.each([
    ['one that fails far more often', failing(0, 0, 300, 10), ['e2']],
    ['the worst first', failing(350, 0, 400, 0, 0, 0, 0, 0), ['e2', 'e0']],
    ['nobody where all fail alike', failing(500, 500, 500), []],
    ['nobody above 95 %, however well the others do', failing(0, 0, 0, 40), []],
    ['nobody among too few', failing(0, 900), []],
  ])('makes outliers of %s', (_, samples, outliers) => {
    expect(successRateOutliers(samples, RATE)).toEqual(outliers);
  });

  it('is not taken of endpoints with too few requests', () => {
    const few = { endpoint: 'few', counts: { answers: 99, failures: 99, heads: 0, headTenths: 0 } };
    expect(successRateOutliers([...failing(0, 0, 0), few], RATE)).toEqual([]);
  });
});

describe('the latency', () => {
  it.each([
    ['one that takes far longer', taking(10, 12, 150, 11), ['e2']],
    ['the slowest first', taking(10, 150, 10, 300, 10), ['e3', 'e1']],
    ['nobody below the threshold', taking(1, 1, 90, 1), []],
    ['nobody where all are slow', taking(800, 900, 1000), []],
    ['nobody among too few', taking(10, 900), []],
  ])('makes outliers of %s', (_, samples, outliers) => {
    expect(latencyOutliers(samples, LATENCY)).toEqual(outliers);
  });
});

it('counts go on over the end of their words', () => {
  const before = { answers: 0xffff_fffe, failures: 0, heads: 0xffff_ffff, headTenths: 5 };
  const now = { answers: 1, failures: 0, heads: 0, headTenths: 25 };
  expect(countsSince(before, now)).toEqual({ answers: 3, failures: 0, heads: 1, headTenths: 20 });
});
