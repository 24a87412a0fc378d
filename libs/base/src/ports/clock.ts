// SPDX-License-Identifier: Apache-2.0

/** A running timer. `cancel` is idempotent. */
export interface Timer {
  cancel(): void;
}

/** Time as the product sees it; tests bring one that they move by hand. */
export interface Clock {
  /** Milliseconds since an arbitrary start, never going back; for durations. */
  nowMs(): number;
  /** Milliseconds since the Unix epoch; for stamps that people read. */
  wallMs(): number;
  /** Calls `action` once, after `delayMs` or later. Does not keep the process alive. */
  after(delayMs: number, action: () => void): Timer;
  /** Calls `action` each `periodMs` until cancelled. Does not keep the process alive. */
  every(periodMs: number, action: () => void): Timer;
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, action) {
    const handle = setTimeout(action, delayMs).unref();
    return { cancel: () => clearTimeout(handle) };
  },
  every(periodMs, action) {
    const handle = setInterval(action, periodMs).unref();
    return { cancel: () => clearInterval(handle) };
  },
};
