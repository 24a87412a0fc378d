// SPDX-License-Identifier: Apache-2.0

/** A change takes less than a microsecond: this many tries outlast it, unless its thread has been put to sleep in the middle. */
const SPINS = 1_000;
/** Then the thread sleeps between tries. Waits of a millisecond, of which so many are borne before the caller is told. */
const NAP_MS = 1;
const MAX_NAPS = 50;

/**
 * Locks in memory that all workers share, each held for the few steps of one change. A thread that is ended while it holds one keeps it
 * until the main thread takes it back (`clearPlaceColumn`).
 */
export class TableLocks {
  readonly #words: Int32Array;
  readonly #mark: number;

  /** `mark`: of the worker, above 0. */
  constructor(words: Int32Array, mark: number) {
    this.#words = words;
    this.#mark = mark;
  }

  /** False when somebody else keeps it: what needs the lock cannot be done. */
  take(index: number): boolean {
    for (let spin = 0; spin < SPINS; spin++) if (this.#try(index) === 0) return true;
    for (let nap = 0; nap < MAX_NAPS; nap++) {
      const holder = this.#try(index);
      if (holder === 0) return true;
      Atomics.wait(this.#words, index, holder, NAP_MS);
    }
    return false;
  }

  release(index: number): void {
    Atomics.store(this.#words, index, 0);
  }

  #try(index: number): number {
    return Atomics.compareExchange(this.#words, index, 0, this.#mark);
  }
}
