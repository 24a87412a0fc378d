// SPDX-License-Identifier: Apache-2.0
import type { Random } from '@weir/base';

/** Chance that returns the given values in turn, over and over; each in [0, 1). */
export function createScriptedRandom(...values: readonly number[]): Random {
  let used = 0;
  return {
    next: () => values[used++ % values.length] ?? 0,
    hex: byteCount => (used++).toString(16).padStart(byteCount * 2, '0'),
  };
}

/** Chance that is the same for each run with the same seed (mulberry32). */
export function createSeededRandom(seed: number): Random {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { next, hex: byteCount => Array.from({ length: byteCount * 2 }, () => Math.floor(next() * 16).toString(16)).join('') };
}
