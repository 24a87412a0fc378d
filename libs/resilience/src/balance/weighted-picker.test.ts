// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWeightedPicker } from './weighted-picker.ts';

describe('the weighted picker', () => {
  it('spreads the shares of a cycle', () => {
    const pick = createWeightedPicker([5, 1, 1]);
    expect(Array.from({ length: 7 }, pick)).toEqual([0, 0, 1, 0, 2, 0, 0]);
  });

  it.each([[[]], [[0]], [[0, 0]]])('has nothing to pick from %j', weights => {
    expect(createWeightedPicker(weights)()).toBe(-1);
  });

  it('gives each index exactly its weight in every full cycle', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 3 }),
        (weights, cycles) => {
          const total = weights.reduce((sum, weight) => sum + weight, 0);
          const pick = createWeightedPicker(weights);
          const counts = weights.map(() => 0);
          for (let i = 0; i < total * cycles; i++) counts[pick()]! += 1;
          expect(counts).toEqual(weights.map(weight => weight * cycles));
        },
      ),
    );
  });
});
