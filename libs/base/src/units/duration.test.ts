// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, isDuration, parseDuration } from './duration.ts';

const LONGEST_MS = 99_999 * 3_600_000;

describe('parseDuration', () => {
  it.each([
    ['0s', 0],
    ['500ms', 500],
    ['10s', 10_000],
    ['1h30m', 5_400_000],
    ['1m30s', 90_000],
    ['30s500ms', 30_500],
    // GEP-2257 asks for no order and no uniqueness of units.
    ['1s1s1h', 3_602_000],
    ['99999h', LONGEST_MS],
  ])('reads %s', (text, durationMs) => {
    expect(parseDuration(text)).toBe(durationMs);
  });

  it.each(['', '5', '1.5s', '-1s', '1 s', '1d', '100000s', '1s1s1s1s1s', '1S', ' 1s', '1s\n', '1us'])('refuses %j', text => {
    expect(isDuration(text)).toBe(false);
    expect(() => parseDuration(text)).toThrow(RangeError);
  });

  it('says what was found and what to write', () => {
    expect(() => parseDuration('5 minutes')).toThrow(
      '"5 minutes" is no duration; write whole numbers with h, m, s or ms, such as 1h30m or 500ms',
    );
  });

  it('either reads a text as a number or refuses it with a RangeError', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('0', '9', 'h', 'm', 's', '.', ' ', '-', '\n') }), text => {
        if (isDuration(text)) expect(Number.isSafeInteger(parseDuration(text))).toBe(true);
        else expect(() => parseDuration(text)).toThrow(RangeError);
      }),
    );
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [500, '500ms'],
    [60_000, '1m'],
    [90_500, '1m30s500ms'],
    [5_400_000, '1h30m'],
  ])('writes %i ms as %s', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });

  it('writes what parseDuration reads back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: LONGEST_MS + 3_599_999 }), durationMs => {
        expect(parseDuration(formatDuration(durationMs))).toBe(durationMs);
      }),
    );
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, LONGEST_MS + 3_600_000])('refuses %d ms', durationMs => {
    expect(() => formatDuration(durationMs)).toThrow(RangeError);
  });
});
