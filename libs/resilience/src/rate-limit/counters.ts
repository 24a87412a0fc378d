// SPDX-License-Identifier: Apache-2.0
import type { Occupancy } from './fingerprint-index.ts';
import type { RateWindow } from './rate-limit.ts';
import type { WindowUse } from './window-use.ts';

/**
 * Counters of one algorithm in shared memory, one per entry of a `FingerprintIndex`. All take the time in milliseconds of one clock
 * for all workers; what each does when it goes back is said with it.
 */
export interface Counters<Window extends RateWindow> extends Occupancy {
  /** Sets what `use` says as `take` would, and takes nothing. */
  look(use: WindowUse<Window>, nowMs: number): void;
  /** Takes the cost, or nothing when that would be too much; `use` says which, and how the counter stands now. */
  take(use: WindowUse<Window>, nowMs: number): void;
  /** Gives back what `take` took. */
  giveBack(use: WindowUse<Window>, nowMs: number): void;
  /** Marks what has run out, before the modulo of its time comes round again. */
  sweep(entry: number, scale: number, nowMs: number): void;
}
