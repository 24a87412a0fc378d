// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRange, mergeRanges, rangeFromText } from './number-ranges.ts';

const BOUNDS = { first: 1, last: 65_535 };
const ranges = fc.array(
  fc.tuple(fc.integer({ min: 1, max: 60 }), fc.nat(8)).map(([first, length]) => ({ first, last: first + length })),
);

describe('a range of numbers', () => {
  it.each([
    ['22', { first: 22, last: 22 }],
    ['8000-8100', { first: 8000, last: 8100 }],
    ['1-65535', BOUNDS],
  ])('is read from %s', (text, range) => {
    expect(rangeFromText(text, BOUNDS)).toStrictEqual(range);
  });

  it.each(['', '0', '65536', '8100-8000', '22-', '-22', '22-23-24', 'ssh', ' 22', '1e3', '99999999999', '22; drop'])(
    'is not read from %j',
    text => {
      expect(rangeFromText(text, BOUNDS)).toBeUndefined();
    },
  );

  it('has the same numbers when it is merged with others, and neither overlaps nor touches one', () => {
    fc.assert(
      fc.property(ranges, all => {
        const merged = mergeRanges(all);
        for (let number = 0; number < 80; number++) {
          const has = ({ first, last }: { first: number; last: number }): boolean => first <= number && number <= last;
          expect(merged.some(has)).toBe(all.some(has));
        }
        expect(merged.every(({ first }, i) => i === 0 || first > merged[i - 1]!.last + 1)).toBe(true);
      }),
    );
  });

  it('is written as it is read', () => {
    fc.assert(
      fc.property(ranges, all => {
        expect(all.map(range => rangeFromText(formatRange(range), BOUNDS))).toStrictEqual(all);
      }),
    );
  });
});
