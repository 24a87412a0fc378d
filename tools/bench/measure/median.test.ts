// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { median } from './median.ts';

describe('median', () => {
  it('is the middle of an odd count, whatever the order', () => {
    expect(median([9, 1, 4])).toBe(4);
  });

  it('is the mean of the two in the middle of an even count', () => {
    expect(median([10, 1, 2, 4])).toBe(3);
  });

  it('is not a number when there is nothing', () => {
    expect(median([])).toBeNaN();
  });
});
