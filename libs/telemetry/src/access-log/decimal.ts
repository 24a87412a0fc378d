// SPDX-License-Identifier: Apache-2.0
import { threeDigits } from './timestamp.ts';

/** Milliseconds with three decimals. Integer arithmetic: printing a double exactly costs more than the rest of a log line. */
export function decimalMs(durationMs: number): string {
  const microseconds = Math.round(Math.max(0, durationMs) * 1_000);
  const wholeMs = Math.floor(microseconds / 1_000);
  return `${wholeMs}.${threeDigits(microseconds - wholeMs * 1_000)}`;
}
