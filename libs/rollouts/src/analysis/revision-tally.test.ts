// SPDX-License-Identifier: Apache-2.0
import { latencyBucket, latencyOfBucket, MAX_LATENCY_BUCKET } from '@weir/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RevisionTally, type Counted } from './revision-tally.ts';

const latenciesMs = fc.array(fc.double({ min: 0.02, max: 60_000, noNaN: true }), { maxLength: 60 });
const count = fc.nat({ max: 1000 });

const counted: fc.Arbitrary<Counted> = fc
  .record({ succeeded: count, failed: count, statuses: fc.tuple(count, count, count, count, count), latenciesMs })
  .map(({ latenciesMs: durations, ...rest }) => ({ ...rest, latencies: bucketsOf(durations) }));

function bucketsOf(durationsMs: readonly number[]): (readonly [number, number])[] {
  const counts = new Map<number, number>();
  for (const bucket of durationsMs.map(latencyBucket)) counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  return [...counts];
}

function tallyOf(...messages: readonly Counted[]): RevisionTally {
  const tally = new RevisionTally();
  for (const message of messages) tally.add(message);
  return tally;
}

/** The least of the durations within which the share of them lies. */
function plainQuantile(durationsMs: readonly number[], percent: number): number {
  const sorted = durationsMs.toSorted((left, right) => left - right);
  return sorted.find((_, i) => 100 * (i + 1) >= percent * sorted.length) ?? Number.NaN;
}

describe('a tally of a revision', () => {
  it('tells quantiles as the durations themselves do, to 2.5 %', () => {
    fc.assert(
      fc.property(latenciesMs, fc.integer({ min: 1, max: 100 }), (durations, percent) => {
        const tally = tallyOf({ succeeded: durations.length, failed: 0, statuses: [], latencies: bucketsOf(durations) });
        const told = tally.quantileMs(percent / 100);
        const plain = plainQuantile(durations, percent);
        if (durations.length === 0) return Number.isNaN(told);
        return Math.abs(told - plain) <= 0.0251 * plain;
      }),
    );
  });

  it('counts what is slower than a limit, by buckets', () => {
    fc.assert(
      fc.property(latenciesMs, fc.double({ min: 0.02, max: 60_000, noNaN: true }), (durations, limitMs) => {
        const tally = tallyOf({ succeeded: 0, failed: 0, statuses: [], latencies: bucketsOf(durations) });
        const plain = durations.filter(duration => latencyOfBucket(latencyBucket(duration)) > limitMs).length;
        return tally.slowerThan(limitMs) === plain;
      }),
    );
  });

  it('counts of each bucket what is slower than it', () => {
    const slower = tallyOf({
      succeeded: 6,
      failed: 0,
      statuses: [],
      latencies: [
        [3, 1],
        [7, 2],
        [MAX_LATENCY_BUCKET, 3],
      ],
    }).slowerCounts();
    expect([0, 2, 3, 6, 7, 8, MAX_LATENCY_BUCKET].map(bucket => slower[bucket])).toEqual([6, 6, 5, 5, 3, 3, 0]);
  });

  it('is the same whatever is added first, and whether it is added at once or tally by tally', () => {
    fc.assert(
      fc.property(fc.array(counted, { maxLength: 8 }), fc.nat(), (messages, cut) => {
        const whole = tallyOf(...messages);
        expect(tallyOf(...messages.toReversed())).toEqual(whole);
        const at = messages.length === 0 ? 0 : cut % messages.length;
        const merged = tallyOf(...messages.slice(at));
        merged.addAll(tallyOf(...messages.slice(0, at)));
        expect(merged).toEqual(whole);
      }),
      { numRuns: 50 },
    );
  });

  it('adds up requests, answers and their classes', () => {
    const tally = tallyOf(
      { succeeded: 3, failed: 1, statuses: [0, 3, 0, 0, 0], latencies: [[5, 3]] },
      {
        succeeded: 2,
        failed: 2,
        statuses: [0, 1, 0, 1, 1],
        latencies: [
          [5, 1],
          [900, 2],
        ],
      },
    );
    expect([tally.requests, tally.succeeded, tally.failed, tally.answered]).toEqual([8, 5, 3, 6]);
    expect(tally.statuses).toEqual([0, 4, 0, 1, 1]);
    expect(tally.quantileBucket(1)).toBe(MAX_LATENCY_BUCKET);
  });
});
