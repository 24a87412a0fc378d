// SPDX-License-Identifier: Apache-2.0

/** Ticks within which the loop has to be in time once: a long collection of garbage alone is no overload. */
const WINDOW = 5;

/** How late an event loop is and stays: the least of its last delays (as CoDel judges queues, RFC 8289 §3). */
export class StandingDelay {
  private readonly periodMs: number;
  private readonly delays: number[] = [];
  private dueMs: number;

  /** `periodMs`: from one tick to the next. */
  constructor(periodMs: number, nowMs: number) {
    this.periodMs = periodMs;
    this.dueMs = nowMs + periodMs;
  }

  /** Notes a tick; the delay that none of the last ticks was below. */
  tick(nowMs: number): number {
    this.delays.push(Math.max(0, nowMs - this.dueMs));
    this.dueMs = nowMs + this.periodMs;
    if (this.delays.length > WINDOW) this.delays.shift();
    return this.delays.length < WINDOW ? 0 : Math.min(...this.delays);
  }
}
