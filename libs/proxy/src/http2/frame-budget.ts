// SPDX-License-Identifier: Apache-2.0
import { ConnectionError, ERROR_CODE } from './frame.ts';

/** Frames in a burst that cost us work and bring nothing; a browser that is closed cancels some hundred streams at once. */
const BURST = 1_000;
/** How many of them a connection may send each second for ever: more than any client that is up to something useful. */
const PER_SECOND = 100;

/**
 * Counts what a peer can send for free and we have to work for: resets of streams that have just been opened (CVE-2023-44487),
 * PING, SETTINGS, PRIORITY and unknown frames, empty DATA, empty CONTINUATION, window updates of a few bytes. Each kind has been used
 * for a flood (CVE-2019-9512 to 9518), so they have one budget together.
 */
export class FrameBudget {
  private left = BURST;
  private filledMs: number;

  constructor(nowMs: number) {
    this.filledMs = nowMs;
  }

  /** Throws ConnectionError where the budget is used up. `nowMs` may be coarse. */
  spend(nowMs: number): void {
    if (nowMs > this.filledMs) {
      this.left = Math.min(BURST, this.left + ((nowMs - this.filledMs) / 1_000) * PER_SECOND);
      this.filledMs = nowMs;
    }
    this.left -= 1;
    if (this.left < 0) {
      throw new ConnectionError(
        ERROR_CODE.enhanceYourCalm,
        `more than ${BURST} frames that bring nothing, and ${PER_SECOND} a second`,
      );
    }
  }

  /** The peer did something useful: a request came to its end. */
  refund(): void {
    if (this.left < BURST) this.left += 1;
  }
}
