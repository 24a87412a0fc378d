// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { distributionOf } from './distribution.ts';

it('names the length that half and nine in ten do not exceed', () => {
  expect(distributionOf([10, 1, 2, 3, 4, 5, 6, 7, 8, 9])).toEqual({ count: 10, median: 5, p90: 9, max: 10 });
});

it('takes one length for all of them', () => {
  expect(distributionOf([7])).toEqual({ count: 1, median: 7, p90: 7, max: 7 });
});

it('is zero for nothing', () => {
  expect(distributionOf([])).toEqual({ count: 0, median: 0, p90: 0, max: 0 });
});
