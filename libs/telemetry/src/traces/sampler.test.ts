// SPDX-License-Identifier: Apache-2.0
import { createSeededRandom } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { isTraceSampled } from './sampler.ts';

const random = createSeededRandom(1);
const ids = Array.from({ length: 10_000 }, () => random.hex(16));
const parent = (flags: number) => ({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), flags });

function shareOf(ratio: number): number {
  return ids.filter(id => isTraceSampled({ isParentBased: true, ratio }, id, undefined)).length / ids.length;
}

describe('isTraceSampled', () => {
  it.each([0, 0.01, 0.25, 0.5, 1])('takes the share %d of traces that nobody has decided about', ratio => {
    expect(Math.abs(shareOf(ratio) - ratio)).toBeLessThan(0.015);
  });

  it('takes none at 0 and all at 1, whatever their ids', () => {
    for (const id of ['0'.repeat(31).concat('1'), 'f'.repeat(32)]) {
      expect(isTraceSampled({ isParentBased: true, ratio: 0 }, id, undefined)).toBe(false);
      expect(isTraceSampled({ isParentBased: true, ratio: 1 }, id, undefined)).toBe(true);
    }
  });

  it('takes with a larger ratio whatever it takes with a smaller one, so that proxies in a row leave no gaps', () => {
    const taken = (ratio: number) => ids.filter(id => isTraceSampled({ isParentBased: true, ratio }, id, undefined));
    const larger = new Set(taken(0.5));
    expect(taken(0.1).every(id => larger.has(id))).toBe(true);
  });

  it('does as the caller does where it goes by that, and as it wants itself where not', () => {
    for (const ratio of [0, 1]) {
      expect(isTraceSampled({ isParentBased: true, ratio }, 'f'.repeat(32), parent(1))).toBe(true);
      expect(isTraceSampled({ isParentBased: true, ratio }, 'f'.repeat(32), parent(2))).toBe(false);
      expect(isTraceSampled({ isParentBased: false, ratio }, 'f'.repeat(32), parent(1 - ratio))).toBe(ratio === 1);
    }
  });
});
