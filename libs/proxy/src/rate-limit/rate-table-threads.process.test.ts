// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createSystemRandom, systemClock } from '@weir/base';
import { SharedRateTable, compileRateLimit, createRateBuffer } from '@weir/resilience';
import type { RateTableSize, RateWindowSpec } from '@weir/resilience';
import { describe, expect, it } from 'vitest';
import type { HammerJob, HammerReport } from './hammer-thread.ts';

const THREAD_COUNT = 4;

interface Hammering {
  readonly size?: RateTableSize;
  readonly windows: readonly RateWindowSpec[];
  readonly tries: number;
  readonly noisePerTry?: number;
}

/** What the threads admitted together, and how long they took from the first request to the last. */
async function hammer({ size = { tokenBuckets: 1_024, slidingWindows: 1_024 }, windows, tries, noisePerTry = 0 }: Hammering) {
  const buffer = createRateBuffer(size, createSystemRandom());
  const job: HammerJob = { buffer, gate: new SharedArrayBuffer(4), threadCount: THREAD_COUNT, windows, tries, noisePerTry };
  const reports = await Promise.all(
    Array.from({ length: THREAD_COUNT }, async () => {
      const thread = new Worker(new URL('./hammer-thread.ts', import.meta.url), { workerData: job });
      const [report] = (await once(thread, 'message')) as [HammerReport];
      return report;
    }),
  );
  const elapsedMs = Math.max(...reports.map(({ lastMs }) => lastMs)) - Math.min(...reports.map(({ firstMs }) => firstMs));
  const table = new SharedRateTable(buffer);
  const limit = compileRateLimit('test/policy/limit', windows);
  const states = () => table.admit([{ limit, key: 'hot', cost: 0 }], systemClock.nowMs()).states;
  return { admitted: reports.reduce((sum, report) => sum + report.admitted, 0), elapsedMs, states };
}

describe('four threads on one key', () => {
  it('have one clock', async () => {
    const before = systemClock.nowMs();
    const thread = new Worker('require("node:worker_threads").parentPort.postMessage(performance.now())', { eval: true });
    const [there] = (await once(thread, 'message')) as [number];
    expect(there).toBeGreaterThan(before);
    expect(there).toBeLessThan(systemClock.nowMs());
  });

  it('get burst + rate × time of a token bucket together, neither more nor less', async () => {
    const windows: RateWindowSpec[] = [{ algorithm: 'tokenBucket', name: 's', quota: 2_000, windowMs: 1_000, burst: 2_000 }];
    const { admitted, elapsedMs } = await hammer({ windows, tries: 200_000 });
    const most = 2_000 + elapsedMs * 2;
    expect(admitted).toBeLessThanOrEqual(most);
    // Less only by what came back between two tries, and by the rounding of the rate.
    expect(admitted).toBeGreaterThanOrEqual(most * 0.9);
  });

  it('get the same while thousands of other keys push each other out of a table of 16', async () => {
    const windows: RateWindowSpec[] = [{ algorithm: 'tokenBucket', name: 'h', quota: 3_600, windowMs: 3_600_000, burst: 500 }];
    const size = { tokenBuckets: 16, slidingWindows: 16 };
    const { admitted, elapsedMs } = await hammer({ size, windows, tries: 5_000, noisePerTry: 5 });
    expect(admitted).toBeLessThanOrEqual(500 + elapsedMs / 1_000);
    expect(admitted).toBeGreaterThanOrEqual(500);
  });

  it.each<RateWindowSpec>([
    { algorithm: 'tokenBucket', name: 'years', quota: 1, windowMs: 1_000_000, burst: 200_000 },
    { algorithm: 'slidingWindow', name: 'hour', quota: 200_000, windowMs: 3_600_000 },
  ])('lose no update of the same counter ($algorithm)', async window => {
    const { admitted } = await hammer({ windows: [window], tries: 100_000 });
    expect(admitted).toBe(200_000);
  });

  it('never get more than the quota in any window of a sliding window whose slices change under them', async () => {
    const windows: RateWindowSpec[] = [{ algorithm: 'slidingWindow', name: 's', quota: 5_000, windowMs: 250 }];
    const { admitted, elapsedMs } = await hammer({ windows, tries: 200_000 });
    expect(admitted).toBeLessThanOrEqual(5_000 * Math.ceil(elapsedMs / 250));
    expect(admitted).toBeGreaterThanOrEqual(5_000 * Math.floor(elapsedMs / (250 + 2 * 15.625)));
  });

  it('leave a window as it was for each request that another window refuses', async () => {
    const windows: RateWindowSpec[] = [
      { algorithm: 'tokenBucket', name: 'wide', quota: 1, windowMs: 3_600_000, burst: 10_000 },
      { algorithm: 'slidingWindow', name: 'narrow', quota: 3_000, windowMs: 3_600_000 },
    ];
    const { admitted, states } = await hammer({ windows, tries: 10_000 });
    expect(admitted).toBeLessThanOrEqual(3_000);
    // Those that met each other at the last requests of the narrow window may all have been refused.
    expect(admitted).toBeGreaterThan(3_000 - THREAD_COUNT);
    expect(states().map(({ remaining }) => remaining)).toEqual([10_000 - admitted, 3_000 - admitted]);
  });
});
