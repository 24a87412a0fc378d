// SPDX-License-Identifier: Apache-2.0

/** Enough for code to be loaded and caches to fill, and little enough to fail. */
const FIRST_THOUSANDTHS = 100;
const FULL_THOUSANDTHS = 1000;

/** What an endpoint's share still lacks after so long, in thousandths of the whole: it grows evenly, from a tenth on. */
export function heldBackAfter(elapsedMs: number, windowMs: number): number {
  const grown = Math.floor((FULL_THOUSANDTHS * elapsedMs) / windowMs);
  return FULL_THOUSANDTHS - Math.min(FULL_THOUSANDTHS, Math.max(FIRST_THOUSANDTHS, grown));
}
