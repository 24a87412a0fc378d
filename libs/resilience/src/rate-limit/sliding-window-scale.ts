// SPDX-License-Identifier: Apache-2.0

/**
 * A sliding window is counted in slices of time, a power of two of seconds long, at most 16 of them to a window. A slice counts
 * until the window has left it whole. So never more than the quota is admitted in any window, and what was admitted is
 * remembered for less than one slice longer than the window: 6.25 % of it at best (1 s, 16 s, 64 s), 12.5 % at worst.
 */
export interface SlidingScale {
  /** A slice is 2^scale / 64 s long. From 0 to 31: five bits of a fingerprint. */
  readonly scale: number;
  readonly sliceMs: number;
  /** Usage per unit of cost, so that a whole quota is nearly 2^20 for every limit. */
  readonly costUsage: number;
  readonly quotaUsage: number;
}

/** A whole quota is at most this much usage: 20 bits. */
export const MAX_USAGE = 2 ** 20 - 1;
const SLICES_PER_WINDOW = 16;
const MAX_SCALE = 31;
const SHORTEST_SLICE_MS = 1000 / 64;

export function sliceMsOf(scale: number): number {
  return SHORTEST_SLICE_MS * 2 ** scale;
}

/** The shortest slices that suffice. `where` begins the message of the RangeError for a window that has none. */
export function compileSlidingWindow(where: string, { quota, windowMs }: { quota: number; windowMs: number }): SlidingScale {
  const shortestMs = SLICES_PER_WINDOW * SHORTEST_SLICE_MS;
  if (windowMs < shortestMs) {
    throw new RangeError(
      `${where}: windowMs is ${windowMs}; a sliding window has at least ${shortestMs}, a token bucket may be shorter`,
    );
  }
  const scale = Math.ceil(Math.log2(windowMs / shortestMs));
  if (scale > MAX_SCALE) throw new RangeError(`${where}: windowMs is ${windowMs}; a sliding window has at most 17 years`);
  const costUsage = Math.floor(MAX_USAGE / quota);
  return { scale, sliceMs: sliceMsOf(scale), costUsage, quotaUsage: quota * costUsage };
}
