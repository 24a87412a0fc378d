// SPDX-License-Identifier: Apache-2.0

const FIRST_MS = 1_000;
const MAX_MS = 10_000;

/**
 * How often a state is stored in which nothing has become another but how it stands: proxies take a step one by one, and endpoints come and go.
 * The first time is at once, then each after twice as long as before, until something is decided.
 */
export class TellingPace {
  private waitMs = 0;
  private atMs = -Infinity;

  isResting(nowMs: number): boolean {
    return nowMs - this.atMs < this.waitMs;
  }

  /** It is stored. */
  note(nowMs: number, isForPeople: boolean): void {
    this.atMs = nowMs;
    this.waitMs = isForPeople ? Math.min(MAX_MS, Math.max(FIRST_MS, this.waitMs * 2)) : 0;
  }
}
