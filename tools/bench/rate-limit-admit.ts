// SPDX-License-Identifier: Apache-2.0
// What counting a request against rate limits costs, in one thread. Run: node tools/bench/rate-limit-admit.ts
import { createSystemRandom } from '@weir/base';
import { SharedRateTable, compileRateLimit, createRateBuffer } from '@weir/resilience';
import type { RateWindowSpec } from '@weir/resilience';

const KEY_COUNTS = [1, 1_000, 100_000];
const ENTRIES = 262_144;
const ROUNDS = 7;
const ADMITS_PER_ROUND = 500_000;

const PER_SECOND: RateWindowSpec = { algorithm: 'tokenBucket', name: 's', quota: 1_000, windowMs: 1_000, burst: 1_000 };
const PER_DAY: RateWindowSpec = { algorithm: 'tokenBucket', name: 'd', quota: 1_000_000, windowMs: 86_400_000, burst: 1_000_000 };
const SLIDING: RateWindowSpec = { algorithm: 'slidingWindow', name: 'm', quota: 60_000, windowMs: 60_000 };

const LIMITS: Readonly<Record<string, readonly RateWindowSpec[]>> = {
  'token bucket': [PER_SECOND],
  'two token buckets': [PER_SECOND, PER_DAY],
  'sliding window': [SLIDING],
};

function admitNs(windows: readonly RateWindowSpec[], keyCount: number): number {
  const table = new SharedRateTable(createRateBuffer({ tokenBuckets: ENTRIES, slidingWindows: ENTRIES }, createSystemRandom()));
  const limit = compileRateLimit('bench/policy/limit', windows);
  // New strings, as a codec makes them: one that was hashed before would flatter a table that hashes strings.
  const keys = Array.from({ length: keyCount }, (_, i) => Buffer.from(`consumer/tenant-${i}/mobile-app`).toString('latin1'));
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startedMs = performance.now();
    for (let i = 0; i < ADMITS_PER_ROUND; i++) {
      const charge = { limit, key: keys[i % keyCount]!, cost: 1 };
      if (table.admit([charge], startedMs).states.length === 0) throw new Error(`${charge.key} was not counted`);
    }
    rounds.push(((performance.now() - startedMs) / ADMITS_PER_ROUND) * 1e6);
  }
  return rounds.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN;
}

console.log('limit                 keys   admit ns');
for (const [name, windows] of Object.entries(LIMITS)) {
  for (const keyCount of KEY_COUNTS) {
    console.log([name.padEnd(18), String(keyCount).padStart(7), admitNs(windows, keyCount).toFixed(0).padStart(10)].join(' '));
  }
}
