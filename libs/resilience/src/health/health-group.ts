// SPDX-License-Identifier: Apache-2.0

/** Words of a group. */
const GENERATION = 0;
const EJECTED = 1;
const RAMPING = 2;
const GROUP_BYTES = 64;

export function createGroupMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(GROUP_BYTES);
}

/** What all threads know of the endpoints of a Service's port together. */
export class HealthGroup {
  readonly #words: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
  }

  /** Another number after each change of who is available: the one word to look at before a request. */
  get generation(): number {
    return this.#words[GENERATION]!;
  }

  /** How many have not got their full share yet. */
  get rampingCount(): number {
    return this.#words[RAMPING]!;
  }

  get ejectedCount(): number {
    return Atomics.load(this.#words, EJECTED);
  }

  noteChange(): void {
    Atomics.add(this.#words, GENERATION, 1);
  }

  setRampingCount(count: number): void {
    this.#words[RAMPING] = count;
  }

  /** Takes one of at most `maxEjected` places; false = all are taken. Whoever then ejects nobody gives it back. */
  reserveEjection(maxEjected: number): boolean {
    for (;;) {
      const count = Atomics.load(this.#words, EJECTED);
      if (count >= maxEjected) return false;
      if (Atomics.compareExchange(this.#words, EJECTED, count, count + 1) === count) return true;
    }
  }

  releaseEjection(): void {
    Atomics.sub(this.#words, EJECTED, 1);
  }
}

/** How many of `count` endpoints may be ejected at once: of two or more always one, of one none. */
export function ejectionPlaces(count: number, percent: number): number {
  if (count < 2) return 0;
  return Math.max(1, Math.floor((count * percent) / 100));
}
