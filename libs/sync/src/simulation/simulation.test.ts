// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { simulate } from './simulate.ts';

const SEEDS = 2000;
const SEEDS_A_TEST = 250;
/** Several times what they take. */
const TIMEOUT_MS = 60_000;

function simulateOrExplain(seed: number): ReturnType<typeof simulate> {
  try {
    return simulate(seed);
  } catch (cause) {
    throw new Error(`seed ${seed} breaks an invariant; node libs/sync/src/simulation/replay.ts ${seed} shows how`, { cause });
  }
}

const starts = Array.from({ length: SEEDS / SEEDS_A_TEST }, (_, i) => i * SEEDS_A_TEST);

describe('two replicas and three proxies, with everything failing now and then', () => {
  it.each(starts)('keep the invariants of docs/distribution.md, seeds %i and following', { timeout: TIMEOUT_MS }, first => {
    const reports = Array.from({ length: SEEDS_A_TEST }, (_, i) => simulateOrExplain(first + i));
    // What is never reached proves nothing.
    const kinds = new Set(reports.flatMap(({ needs }) => Object.keys(needs)));
    expect([...kinds].sort()).toEqual(['missing', 'present', 'refused', 'unavailable']);
    expect(Math.min(...reports.map(({ revisions }) => revisions))).toBeGreaterThan(10);
  });

  it('are the same run for the same seed', () => {
    const lines = [0, 1].map(() => {
      const seen: string[] = [];
      simulate(7, line => seen.push(line));
      return seen;
    });
    expect(lines[0]).toEqual(lines[1]);
    expect(lines[0]?.length).toBeGreaterThan(50);
  });
});
