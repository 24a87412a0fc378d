// SPDX-License-Identifier: Apache-2.0
import type { RateWindow } from './rate-limit.ts';
import type { RateState } from './rate-state.ts';

/** A `RateState` in the making, with the place of its counter. Made per request, so that nothing is shared between requests. */
export class WindowUse<Window extends RateWindow = RateWindow> implements RateState {
  readonly window: Window;
  readonly cost: number;
  /** Bucket and fingerprint of the key in the table; the fingerprint has the window's scale in its highest five bits. */
  readonly bucket: number;
  readonly fingerprint: number;
  entry = -1;
  /** Sliding windows: the slice that the cost was taken from. */
  slice = 0;
  isAdmitted = true;
  remaining: number;
  resetMs = 0;
  retryAfterMs = 0;

  constructor(window: Window, cost: number, hash: { readonly low: number; readonly high: number }) {
    this.window = window;
    this.cost = cost;
    this.bucket = hash.low;
    // 0 means an empty entry, and the lowest fingerprint one that is changing hands.
    this.fingerprint = (window.scale << SCALE_SHIFT) | (hash.high & FINGERPRINT_MASK) | RESERVED_BIT;
    this.remaining = window.capacity;
  }
}

const SCALE_SHIFT = 27;
const FINGERPRINT_MASK = 2 ** SCALE_SHIFT - 1;
/** Set in every fingerprint, so that two words remain for what is not one. */
const RESERVED_BIT = 2;

/** The scale of the window that an entry belongs to, whoever's it is. */
export function scaleOf(fingerprint: number): number {
  return fingerprint >>> SCALE_SHIFT;
}
