// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { percentile } from './percentile.ts';

describe('percentile', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);

  it.each([
    [0.5, 50],
    [0.99, 99],
    [1, 100],
    [0, 1],
  ])('%d of 1 to 100 do not exceed it', (share, value) => {
    expect(percentile(values, share)).toBe(value);
  });

  it('is not a number when there is nothing', () => {
    expect(percentile([], 0.5)).toBeNaN();
  });
});
