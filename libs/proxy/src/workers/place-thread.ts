// SPDX-License-Identifier: Apache-2.0
// A thread of place-threads.process.test.ts: enters a limit and leaves it again as fast as it can, beside all the others.
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '@weir/base';
import { PlaceGate, SharedPlaces } from '@weir/resilience';

export interface PlaceJob {
  readonly buffer: SharedArrayBuffer;
  /** How many threads are ready, how many are inside the limit, and the most that ever were. */
  readonly counts: SharedArrayBuffer;
  readonly column: number;
  readonly threadCount: number;
  readonly requests: number;
  readonly tries: number;
  /** Keys that are used beside the one that all share. */
  readonly noiseKeys: number;
  /** Whether a request waits for its place. */
  readonly waits: boolean;
}

export interface PlaceReport {
  readonly entered: number;
  readonly refused: number;
}

const job = workerData as PlaceJob;
const [READY, INSIDE, MOST] = [0, 1, 2];
const counts = new Int32Array(job.counts);
const gate = new PlaceGate(new SharedPlaces(job.buffer, job.column), { clock: systemClock, maxWaiting: 1_000 });
const queue = job.waits ? { size: job.threadCount, timeoutMs: 30_000 } : undefined;
const limit = gate.prepare('test/policy#limit', { requests: job.requests, queue });

async function visit(): Promise<boolean> {
  const place = gate.enter(limit, 'hot', Infinity);
  await place.turn;
  if (place.state !== 'entered') return false;
  const inside = Atomics.add(counts, INSIDE, 1) + 1;
  for (let most = Atomics.load(counts, MOST); inside > most; most = Atomics.load(counts, MOST)) {
    Atomics.compareExchange(counts, MOST, most, inside);
  }
  Atomics.sub(counts, INSIDE, 1);
  place.release();
  return true;
}

async function hammer(): Promise<PlaceReport> {
  let entered = 0;
  for (let i = 0; i < job.tries; i++) {
    if (await visit()) entered++;
    const noise = Array.from({ length: job.noiseKeys }, (_, key) => gate.enter(limit, `noise-${(i + key) % 40}`, 0));
    for (const one of noise) one.release();
  }
  return { entered, refused: job.tries - entered };
}

Atomics.add(counts, READY, 1);
while (Atomics.load(counts, READY) < job.threadCount);
// Clocks and signals keep no thread alive.
parentPort?.on('message', () => undefined);
parentPort?.postMessage(await hammer());
parentPort?.close();
