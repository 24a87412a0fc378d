// SPDX-License-Identifier: Apache-2.0

/** Formats Unix milliseconds as `2026-11-24T03:29:00.123Z` (RFC 3339); the part down to the second is made once a second. */
export function createTimestamp(): (wallMs: number) => string {
  let second = Number.NaN;
  let prefix = '';
  return wallMs => {
    const wholeMs = Math.floor(wallMs);
    const wholeSecond = Math.floor(wholeMs / 1_000);
    if (wholeSecond !== second) {
      second = wholeSecond;
      prefix = new Date(wholeSecond * 1_000).toISOString().slice(0, -4);
    }
    return `${prefix}${threeDigits(wholeMs - wholeSecond * 1_000)}Z`;
  };
}

/** An integer below 1,000 with leading zeros. */
export function threeDigits(value: number): string {
  if (value >= 100) return `${value}`;
  return value >= 10 ? `0${value}` : `00${value}`;
}
