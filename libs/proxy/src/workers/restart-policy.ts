// SPDX-License-Identifier: Apache-2.0

/** A worker that lived this long did not die of its start. */
const LONG_LIFE_MS = 10_000;
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 10_000;

/** When a dead worker is replaced: the first at once, those of a crash loop after longer and longer waits. */
export interface RestartPolicy {
  /** Milliseconds to wait before the replacement of a worker that lived for `livedMs`. */
  delayMs(livedMs: number): number;
  /** Deaths in a row that came too soon. */
  readonly shortLives: number;
}

/** Creates the policy of one worker slot. */
export function createRestartPolicy(): RestartPolicy {
  let shortLives = 0;
  return {
    delayMs(livedMs) {
      shortLives = livedMs >= LONG_LIFE_MS ? 0 : shortLives + 1;
      if (shortLives <= 1) return 0;
      return Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (shortLives - 2));
    },
    get shortLives() {
      return shortLives;
    },
  };
}
