// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { formatCount, formatMs, formatQuantile, formatShare } from './numbers.ts';

describe('numbers for people', () => {
  it.each([
    [0.971, '97.1 %'],
    [0.5, '50 %'],
    [0.9999, '99.99 %'],
    [0.99999, '99.999 %'],
    [0.0002, '0.02 %'],
    [1, '100 %'],
    [0, '0 %'],
    [Number.NaN, 'unknown'],
  ])('the share %d is %s', (share, text) => {
    expect(formatShare(share)).toBe(text);
  });

  it('counts have groups, durations two or three digits, and quantiles their name', () => {
    expect([1204, 12].map(formatCount)).toEqual(['1,204', '12']);
    expect([0.423, 8.46, 310.4, 12_340, Number.NaN].map(formatMs)).toEqual([
      '0.42 ms',
      '8.5 ms',
      '310 ms',
      '12300 ms',
      'unknown',
    ]);
    expect([0.5, 0.99, 0.999].map(formatQuantile)).toEqual(['p50', 'p99', 'p99.9']);
  });
});
