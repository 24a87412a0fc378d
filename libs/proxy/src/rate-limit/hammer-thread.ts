// SPDX-License-Identifier: Apache-2.0
// A thread of rate-table-threads.process.test.ts: asks for the same key as fast as it can, beside all the others.
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '@weir/base';
import { SharedRateTable, compileRateLimit } from '@weir/resilience';
import type { RateWindowSpec } from '@weir/resilience';

export interface HammerJob {
  readonly buffer: SharedArrayBuffer;
  /** Threads count themselves in here, and begin when all are there. */
  readonly gate: SharedArrayBuffer;
  readonly threadCount: number;
  readonly windows: readonly RateWindowSpec[];
  readonly tries: number;
  /** Requests of keys that nobody else has, after each try. */
  readonly noisePerTry: number;
}

export interface HammerReport {
  readonly admitted: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

const job = workerData as HammerJob;
const table = new SharedRateTable(job.buffer);
const limit = compileRateLimit('test/policy/limit', job.windows);

function hammer(): HammerReport {
  const firstMs = systemClock.nowMs();
  let lastMs = firstMs;
  let admitted = 0;
  for (let i = 0; i < job.tries; i++) {
    lastMs = systemClock.nowMs();
    if (table.admit([{ limit, key: 'hot', cost: 1 }], lastMs).isAdmitted) admitted++;
    for (let noise = 0; noise < job.noisePerTry; noise++) {
      table.admit([{ limit, key: `noise-${firstMs}-${i}-${noise}`, cost: 1 }], lastMs);
    }
  }
  return { admitted, firstMs, lastMs };
}

const gate = new Int32Array(job.gate);
Atomics.add(gate, 0, 1);
while (Atomics.load(gate, 0) < job.threadCount);
parentPort?.postMessage(hammer());
