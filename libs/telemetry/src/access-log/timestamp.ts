// SPDX-License-Identifier: Apache-2.0

/** Formats Unix milliseconds as `2026-11-24T03:29:00.123Z` (RFC 3339). Made once a millisecond, and down to the second once a second. */
export function createTimestamp(): (wallMs: number) => string {
  let second = Number.NaN;
  let prefix = '';
  let millisecond = Number.NaN;
  let text = '';
  return wallMs => {
    const wholeMs = Math.floor(wallMs);
    if (wholeMs === millisecond) return text;
    const wholeSecond = Math.floor(wholeMs / 1_000);
    if (wholeSecond !== second) {
      second = wholeSecond;
      prefix = new Date(wholeSecond * 1_000).toISOString().slice(0, -4);
    }
    millisecond = wholeMs;
    text = `${prefix}${threeDigits(wholeMs - wholeSecond * 1_000)}Z`;
    return text;
  };
}

const THREE_DIGITS: readonly string[] = Array.from({ length: 1_000 }, (_, value) => String(value).padStart(3, '0'));

/** An integer from 0 to 999 with leading zeros. */
export function threeDigits(value: number): string {
  return THREE_DIGITS[value] ?? '';
}
