// SPDX-License-Identifier: Apache-2.0
import type { Random } from '@weir/base';
import { createSeededRandom } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { RevisionTally } from '../revision-tally.ts';
import type { Thresholds } from '../thresholds.ts';
import type { Outcome } from '../verdict.ts';
import { compareQuantiles } from './compare-quantiles.ts';

const THRESHOLDS: Thresholds = { logFail: Math.log(100), logPass: Math.log(20), minimumRequests: 100 };
const QUANTILE = 0.9;
const RATIO = 1.5;
/** Stable's p90 is in the middle one, and 1.5 times that is below the last one. */
const BUCKETS = [200, 210, 230] as const;

/** Shares of answers in the middle bucket and in the last one. */
type Shares = readonly [middle: number, last: number];

function tallyOf(total: number, [middle, last]: Shares): RevisionTally {
  const tally = new RevisionTally();
  const counts = [
    total - Math.round(middle * total) - Math.round(last * total),
    Math.round(middle * total),
    Math.round(last * total),
  ];
  tally.add({ succeeded: total, failed: 0, statuses: [], latencies: BUCKETS.map((bucket, i) => [bucket, counts[i]!] as const) });
  return tally;
}

function compare(stable: RevisionTally, candidate: RevisionTally): Outcome {
  return compareQuantiles({ stable, candidate, quantile: QUANTILE, ratio: RATIO }, THRESHOLDS);
}

const STABLE: Shares = [0.16, 0.02];
/** Half-way between stable's 2 % and the 10 % of a candidate whose p90 is 1.5 times as long. */
const ON_THE_LINE: Shares = [0.12, 0.06];

describe('a quantile beside that of stable', () => {
  it('passes as fast a candidate, and fails one that reaches the ratio', () => {
    expect(compare(tallyOf(5000, STABLE), tallyOf(2000, STABLE))).toBe('pass');
    expect(compare(tallyOf(5000, STABLE), tallyOf(2000, [0.08, 0.1]))).toBe('fail');
  });

  it('says nothing of one on the line, and nothing of few answers', () => {
    expect(compare(tallyOf(5000, STABLE), tallyOf(5000, ON_THE_LINE))).toBe('undecided');
    expect(compare(tallyOf(50, STABLE), tallyOf(50, [0.08, 0.1]))).toBe('undecided');
    expect(compare(new RevisionTally(), new RevisionTally())).toBe('undecided');
  });

  it('is decided with little of either traffic', () => {
    expect(compare(tallyOf(50_000, STABLE), tallyOf(500, [0.5, 0.4]))).toBe('fail');
    expect(compare(tallyOf(500, STABLE), tallyOf(50_000, [0.5, 0.4]))).toBe('fail');
  });

  it('is not decided where few answers of stable leave open what its quantile is', () => {
    // Stable's p90 is in the first bucket, but with two more of a hundred answers it would be in the last, and nothing of the candidate too slow.
    const candidate = tallyOf(100_000, [0.5, 0]);
    expect(compare(tallyOf(100, [0, 0.08]), candidate)).toBe('undecided');
    expect(compare(tallyOf(10_000, [0, 0.08]), candidate)).toBe('fail');
  });
});

describe('over many looks at a candidate on the line', () => {
  const RUNS = 200;
  const LOOKS = 60;
  const REQUESTS_A_LOOK = 50;

  function draw(tally: RevisionTally, [middle, last]: Shares, random: Random): void {
    const value = random.next();
    const ofOthers = value < last + middle ? BUCKETS[1] : BUCKETS[0];
    tally.add({ succeeded: 1, failed: 0, statuses: [], latencies: [[value < last ? BUCKETS[2] : ofOthers, 1]] });
  }

  function everShown(random: Random, share: number): ReadonlySet<Outcome> {
    const [stable, candidate] = [new RevisionTally(), new RevisionTally()];
    const shown = new Set<Outcome>();
    for (let look = 0; look < LOOKS; look++) {
      for (let i = 0; i < REQUESTS_A_LOOK; i++) {
        if (random.next() < share) draw(candidate, ON_THE_LINE, random);
        else draw(stable, STABLE, random);
      }
      shown.add(compare(stable, candidate));
    }
    return shown;
  }

  it.each([
    [1, 0.1],
    [2, 0.5],
    [3, 0.9],
  ])('the stated error rates hold (seed %i, share %d)', (seed, share) => {
    const random = createSeededRandom(seed);
    const runs = Array.from({ length: RUNS }, () => everShown(random, share));
    // Of 200 runs, a true rate of 1 % shows as more than 3 % in one of a hundred seeds, and 5 % as more than 9 %.
    expect(runs.filter(shown => shown.has('fail')).length / RUNS).toBeLessThanOrEqual(0.03);
    expect(runs.filter(shown => shown.has('pass')).length / RUNS).toBeLessThanOrEqual(0.09);
  });
});
