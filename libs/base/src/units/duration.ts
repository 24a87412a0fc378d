// SPDX-License-Identifier: Apache-2.0

/** GEP-2257: one to four numbers of at most five digits, each with its unit. */
const DURATION = /^(?:\d{1,5}(?:h|m|s|ms)){1,4}$/;
const PART = /(\d+)(ms|h|m|s)/g;

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
]);

/** What GEP-2257 lets be written: five digits a unit. */
const MAX_COUNT = 99_999;

export function isDuration(text: string): boolean {
  return DURATION.test(text);
}

/**
 * Milliseconds of a duration as GEP-2257 writes it: `1h30m`, `500ms`.
 *
 * @throws {RangeError} what was found and what to write.
 */
export function parseDuration(text: string): number {
  if (!isDuration(text)) {
    const found = JSON.stringify(text);
    throw new RangeError(`${found} is no duration; write whole numbers with h, m, s or ms, such as 1h30m or 500ms`);
  }
  let totalMs = 0;
  for (const [, count = '', unit = ''] of text.matchAll(PART)) totalMs += Number(count) * (UNIT_MS.get(unit) ?? 0);
  return totalMs;
}

/**
 * The text of a duration, largest units first: the inverse of `parseDuration`.
 *
 * @throws {RangeError} when it is negative, not whole, or longer than GEP-2257 can say (99999h59m59s999ms).
 */
export function formatDuration(durationMs: number): string {
  if (!Number.isSafeInteger(durationMs) || durationMs < 0) {
    throw new RangeError(`a duration of ${durationMs} ms cannot be written; only whole milliseconds from 0 on can`);
  }
  if (durationMs === 0) return '0s';
  let text = '';
  let restMs = durationMs;
  for (const [unit, unitMs] of UNIT_MS) {
    const count = Math.floor(restMs / unitMs);
    if (count > MAX_COUNT) throw new RangeError(`a duration of ${durationMs} ms cannot be written; the longest is ${MAX_COUNT}h`);
    if (count > 0) text += `${count}${unit}`;
    restMs %= unitMs;
  }
  return text;
}
