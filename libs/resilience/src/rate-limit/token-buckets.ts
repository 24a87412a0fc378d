// SPDX-License-Identifier: Apache-2.0
import type { Counters } from './counters.ts';
import type { TokenBucketWindow } from './rate-limit.ts';
import { MAX_BURST_QUANTA, quantaPerMs } from './token-bucket-scale.ts';
import type { WindowUse } from './window-use.ts';

/** The counter of a bucket that is full. A moment that happens to be 0 is stored as 1, a quantum late. */
const FULL = 0;
/** A stored moment up to this far ahead is in the future, any other one is past: no bucket takes longer than a quarter of it. */
const FUTURE_QUANTA = 4 * MAX_BURST_QUANTA;
/** A moment is swept when it is this long past, so that a sweeper whose clock is ahead takes nothing from anybody. */
const SWEPT_QUANTA = MAX_BURST_QUANTA / 2;
/** Turns quanta into the usage that all counters are compared by: a whole bucket is up to 2^20. */
const USAGE_SHIFT = 7;

/**
 * GCRA: the counter is the moment at which the bucket will be full again (`token-bucket-scale.ts` says in which units), moved on
 * by each admitted request in one compare-and-swap. Admitted in any time span, over all workers: at most
 * burst + rate × (span + 1 quantum), where a quantum is at most 2^-26 of the time in which the bucket fills.
 *
 * When the clock goes back by less than four times that time, keys wait for it to come back to where it was; when it goes back by
 * more, their buckets are full. Moments must be swept within 28 times that time, and 28 s: `sweep`.
 */
export class TokenBuckets implements Counters<TokenBucketWindow> {
  readonly #moments: Int32Array;

  constructor(moments: Int32Array) {
    this.#moments = moments;
  }

  look(use: WindowUse<TokenBucketWindow>, nowMs: number): void {
    const { window, cost, entry } = use;
    const used = usedQuanta(Atomics.load(this.#moments, entry), quantaAt(nowMs, window.quantaPerMs));
    settle(use, used, used + cost * window.costQuanta <= window.burstQuanta);
  }

  take(use: WindowUse<TokenBucketWindow>, nowMs: number): void {
    const { window, entry } = use;
    const now = quantaAt(nowMs, window.quantaPerMs);
    const asked = use.cost * window.costQuanta;
    for (;;) {
      const moment = Atomics.load(this.#moments, entry);
      const used = usedQuanta(moment, now);
      if (used + asked > window.burstQuanta) return settle(use, used, false);
      if (this.#replace(entry, moment, now + used + asked)) return settle(use, used + asked, true);
    }
  }

  giveBack(use: WindowUse<TokenBucketWindow>, nowMs: number): void {
    const { window, entry } = use;
    const now = quantaAt(nowMs, window.quantaPerMs);
    const taken = use.cost * window.costQuanta;
    for (;;) {
      const moment = Atomics.load(this.#moments, entry);
      const used = Math.max(0, usedQuanta(moment, now) - taken);
      if (this.#replace(entry, moment, now + used)) return;
    }
  }

  usage(entry: number, scale: number, nowMs: number): number {
    const now = quantaAt(nowMs, quantaPerMs(scale));
    return Math.min(usedQuanta(Atomics.load(this.#moments, entry), now), MAX_BURST_QUANTA) >> USAGE_SHIFT;
  }

  clear(entry: number): void {
    Atomics.store(this.#moments, entry, FULL);
  }

  sweep(entry: number, scale: number, nowMs: number): void {
    const moment = Atomics.load(this.#moments, entry);
    const past = (quantaAt(nowMs, quantaPerMs(scale)) - moment) >>> 0;
    const isLongPast = past > SWEPT_QUANTA && past < 2 ** 32 - FUTURE_QUANTA;
    if (moment !== FULL && isLongPast) Atomics.compareExchange(this.#moments, entry, moment, FULL);
  }

  #replace(entry: number, moment: number, next: number): boolean {
    return Atomics.compareExchange(this.#moments, entry, moment, (next | 0) === FULL ? 1 : next | 0) === moment;
  }
}

/** The clock in quanta, modulo 2^32. */
function quantaAt(nowMs: number, perMs: number): number {
  return (nowMs * perMs) >>> 0;
}

/** How far the bucket is from full. */
function usedQuanta(moment: number, now: number): number {
  const ahead = (moment - now) >>> 0;
  return moment !== FULL && ahead <= FUTURE_QUANTA ? ahead : 0;
}

function settle(use: WindowUse<TokenBucketWindow>, used: number, isAdmitted: boolean): void {
  const { window, cost } = use;
  use.isAdmitted = isAdmitted;
  use.remaining = Math.max(0, Math.floor((window.burstQuanta - used) / window.costQuanta));
  use.resetMs = used / window.quantaPerMs;
  use.retryAfterMs = isAdmitted ? 0 : (used + cost * window.costQuanta - window.burstQuanta) / window.quantaPerMs;
}
