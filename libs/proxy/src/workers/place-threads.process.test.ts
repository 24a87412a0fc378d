// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createSystemRandom } from '@weir/base';
import { createPlaceBuffer } from '@weir/resilience';
import { describe, expect, it } from 'vitest';
import type { PlaceJob, PlaceReport } from './place-thread.ts';

const THREAD_COUNT = 4;
const TIMEOUT_MS = 60_000;

interface Hammering {
  readonly requests: number;
  readonly tries: number;
  readonly waits: boolean;
  readonly keys?: number;
  readonly noiseKeys?: number;
}

async function hammer({ requests, tries, waits, keys = 64, noiseKeys = 0 }: Hammering) {
  const buffer = createPlaceBuffer({ keys, columnCount: THREAD_COUNT }, createSystemRandom());
  const counts = new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT);
  const shared = { buffer, counts, threadCount: THREAD_COUNT, requests, tries, waits, noiseKeys };
  const reports = await Promise.all(
    Array.from({ length: THREAD_COUNT }, async (_, column) => {
      const workerData: PlaceJob = { ...shared, column };
      const thread = new Worker(new URL('./place-thread.ts', import.meta.url), { workerData });
      const [report] = (await once(thread, 'message')) as [PlaceReport];
      return report;
    }),
  );
  const [, inside, most] = new Int32Array(counts);
  const sum = (part: keyof PlaceReport): number => reports.reduce((total, report) => total + report[part], 0);
  return { entered: sum('entered'), refused: sum('refused'), inside, most };
}

describe('four threads at one limit', () => {
  it.each([1, 2])(
    'never have more than %s inside',
    async requests => {
      const { entered, inside, most } = await hammer({ requests, tries: 30_000, waits: false });
      expect([inside, (most ?? 0) <= requests, entered > 0]).toEqual([0, true, true]);
    },
    TIMEOUT_MS,
  );

  it.each([1, 3])(
    'all get in by and by where they wait for %s places',
    async requests => {
      const { refused, most } = await hammer({ requests, tries: 1_000, waits: true });
      expect([refused, (most ?? 0) <= requests]).toEqual([0, true]);
    },
    TIMEOUT_MS,
  );

  it(
    'never have more inside while other keys take and give back the same entries of a table of 16',
    async () => {
      const { inside, most } = await hammer({ requests: 2, tries: 3_000, waits: false, keys: 16, noiseKeys: 8 });
      expect([inside, (most ?? 0) <= 2]).toEqual([0, true]);
    },
    TIMEOUT_MS,
  );
});
