// SPDX-License-Identifier: Apache-2.0
import type { Counters } from './counters.ts';
import type { SlidingWindow } from './rate-limit.ts';
import { sliceMsOf } from './sliding-window-scale.ts';
import type { WindowUse } from './window-use.ts';

/** Slices of a key: the 16 that a window can cover whole, and the one that has begun. */
export const SLICES = 17;
/** A slice is one word: sealed (1 bit), its number modulo 2^11, usage (20 bits). */
const SEALED = -(2 ** 31);
const NUMBER_SHIFT = 20;
const NUMBER_MASK = 2 ** 11 - 1;
const USAGE_MASK = 2 ** NUMBER_SHIFT - 1;
const UNUSED = 0;
/** A slice is swept when it is this old, so that a sweeper whose clock is ahead takes nothing from anybody. */
const SWEPT_AGE = 2 * SLICES;

/** What a window has used, seen at one moment. */
interface Reading {
  /** The slice of now. */
  readonly number: number;
  /** The first slice that the window still touches. */
  readonly oldest: number;
  /** The word of the slice of now. */
  readonly current: number;
  readonly sum: number;
  /** The last slice in which something was used. */
  readonly newest: number;
}

/**
 * Sliding windows as a ring of 17 slices per key (`sliding-window-scale.ts`). Requests are counted in the slice of now by
 * one compare-and-swap; the slice before it is sealed first, so that a worker whose clock is a little behind goes on in the
 * new one, and the sum of the older ones stands. Never more than the quota is admitted in any window, over all workers, as
 * long as their clocks differ by less than a slice (16 ms or more).
 *
 * When the clock goes back by up to a window, time stands still for a key until the clock has come back to where it was; when it
 * goes back by more, its counts are forgotten. Slices must be swept within 120 windows, and 30 s: `sweep`.
 */
export class SlidingWindows implements Counters<SlidingWindow> {
  readonly #slices: Int32Array;

  /** `SLICES` words per entry. */
  constructor(slices: Int32Array) {
    this.#slices = slices;
  }

  look(use: WindowUse<SlidingWindow>, nowMs: number): void {
    const reading = this.#read(use, nowMs);
    if (reading.sum + askedOf(use) <= use.window.quotaUsage) admit(use, reading, nowMs);
    else this.#refuse(use, reading, nowMs);
  }

  take(use: WindowUse<SlidingWindow>, nowMs: number): void {
    const { entry, window } = use;
    const asked = askedOf(use);
    for (;;) {
      const reading = this.#read(use, nowMs);
      const { number, sum } = reading;
      if (sum + asked > window.quotaUsage) return this.#refuse(use, reading, nowMs);
      // What was sealed just now may have counted more than was read.
      if (asked > 0 && this.#seals(entry, number - 1)) continue;
      if (asked > 0 && !this.#adds(entry, reading, asked)) continue;
      use.slice = number;
      return admit(use, { ...reading, sum: sum + asked, newest: asked > 0 ? number : reading.newest }, nowMs);
    }
  }

  giveBack(use: WindowUse<SlidingWindow>): void {
    const at = placeOf(use.entry, use.slice);
    for (;;) {
      const word = Atomics.load(this.#slices, at);
      // Evicted in the meantime, or so old that it counts no longer.
      if (!isSlice(word, use.slice) || (word & USAGE_MASK) < askedOf(use)) return;
      if (Atomics.compareExchange(this.#slices, at, word, word - askedOf(use)) === word) return;
    }
  }

  usage(entry: number, scale: number, nowMs: number): number {
    const number = Math.floor(nowMs / sliceMsOf(scale));
    let sum = 0;
    for (let at = entry * SLICES; at < (entry + 1) * SLICES; at++) {
      const word = Atomics.load(this.#slices, at);
      const age = ageOf(word, number);
      if (age < SLICES || isAhead(age)) sum += word & USAGE_MASK;
    }
    return Math.min(sum, USAGE_MASK);
  }

  clear(entry: number): void {
    for (let at = entry * SLICES; at < (entry + 1) * SLICES; at++) Atomics.store(this.#slices, at, UNUSED);
  }

  sweep(entry: number, scale: number, nowMs: number): void {
    const number = Math.floor(nowMs / sliceMsOf(scale));
    for (let at = entry * SLICES; at < (entry + 1) * SLICES; at++) {
      const word = Atomics.load(this.#slices, at);
      const age = ageOf(word, number);
      if (word !== UNUSED && age > SWEPT_AGE && !isAhead(age)) Atomics.compareExchange(this.#slices, at, word, UNUSED);
    }
  }

  #read(use: WindowUse<SlidingWindow>, nowMs: number): Reading {
    const { sliceMs, spec } = use.window;
    const number = Math.floor(nowMs / sliceMs);
    const oldest = Math.floor((nowMs - spec.windowMs) / sliceMs);
    const own = placeOf(use.entry, number);
    let current = UNUSED;
    let sum = 0;
    let newest = oldest;
    for (let at = use.entry * SLICES; at < (use.entry + 1) * SLICES; at++) {
      const word = Atomics.load(this.#slices, at);
      if (at === own) current = word;
      if (word === UNUSED) continue;
      const age = ageOf(word, number);
      // Another worker is in a later slice already: time does not go back.
      if (isAhead(age)) return this.#read(use, (number + NUMBER_MASK + 1 - age) * sliceMs);
      if (age === 0 && (word & SEALED) !== 0) return this.#read(use, (number + 1) * sliceMs);
      const used = word & USAGE_MASK;
      if (used === 0 || age > number - oldest) continue;
      sum += used;
      newest = Math.max(newest, number - age);
    }
    return { number, oldest, current, sum, newest };
  }

  /** Whether the slice was open until now. */
  #seals(entry: number, number: number): boolean {
    const at = placeOf(entry, number);
    for (;;) {
      const word = Atomics.load(this.#slices, at);
      if (isSlice(word, number) && (word & SEALED) !== 0) return false;
      const sealed = (isSlice(word, number) ? word : wordOf(number, 0)) | SEALED;
      if (Atomics.compareExchange(this.#slices, at, word, sealed) === word) return true;
    }
  }

  /** Adds to the slice of now, unless it is not as it was read. */
  #adds(entry: number, { number, current }: Reading, asked: number): boolean {
    const used = isSlice(current, number) ? current & USAGE_MASK : 0;
    const at = placeOf(entry, number);
    return Atomics.compareExchange(this.#slices, at, current, wordOf(number, used + asked)) === current;
  }

  #refuse(use: WindowUse<SlidingWindow>, reading: Reading, nowMs: number): void {
    settle(use, reading, nowMs);
    use.isAdmitted = false;
    let excess = reading.sum + askedOf(use) - use.window.quotaUsage;
    let number = reading.oldest;
    for (; excess > 0 && number <= reading.number; number++) {
      const word = Atomics.load(this.#slices, placeOf(use.entry, number));
      if (isSlice(word, number)) excess -= word & USAGE_MASK;
    }
    // `number` is the slice after the last one that has to go.
    use.retryAfterMs = Math.max(0, number * use.window.sliceMs + use.window.spec.windowMs - nowMs);
  }
}

function admit(use: WindowUse<SlidingWindow>, reading: Reading, nowMs: number): void {
  settle(use, reading, nowMs);
  use.isAdmitted = true;
  use.retryAfterMs = 0;
}

function settle(use: WindowUse<SlidingWindow>, { sum, newest }: Reading, nowMs: number): void {
  const { quotaUsage, costUsage, sliceMs, spec } = use.window;
  use.remaining = Math.floor((quotaUsage - sum) / costUsage);
  use.resetMs = sum === 0 ? 0 : Math.max(0, (newest + 1) * sliceMs + spec.windowMs - nowMs);
}

function askedOf({ cost, window }: WindowUse<SlidingWindow>): number {
  return cost * window.costUsage;
}

function placeOf(entry: number, number: number): number {
  // The slice before the clock's first one has the number -1.
  return entry * SLICES + ((number + SLICES) % SLICES);
}

function wordOf(number: number, usage: number): number {
  return ((number & NUMBER_MASK) << NUMBER_SHIFT) | usage;
}

function isSlice(word: number, number: number): boolean {
  return word !== UNUSED && ((word >>> NUMBER_SHIFT) & NUMBER_MASK) === (number & NUMBER_MASK);
}

/** How many slices ago a word's slice was, modulo 2^11. */
function ageOf(word: number, number: number): number {
  return (number - (word >>> NUMBER_SHIFT)) & NUMBER_MASK;
}

/** Whether an age means a slice that has not begun yet, at most a ring away. */
function isAhead(age: number): boolean {
  return age > NUMBER_MASK - SLICES;
}
