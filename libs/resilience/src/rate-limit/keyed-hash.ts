// SPDX-License-Identifier: Apache-2.0

/**
 * HalfSipHash-1-3 with 64 bits of output: the keyed hash that Linux uses for its own hash tables on 32-bit machines. Clients choose
 * the keys of rate limits; without the secret they cannot choose two that meet. Not for signatures.
 *
 * Hashes the UTF-16 units of a key, two a word, then its length, then a seed of two words. The key is absorbed once and
 * finished for each seed, so that further windows of a limit cost a few nanoseconds.
 */
export class KeyedHash {
  readonly #secretLow: number;
  readonly #secretHigh: number;
  #v0 = 0;
  #v1 = 0;
  #v2 = 0;
  #v3 = 0;
  /** What `absorb` left, to begin each `finish` with. */
  readonly #absorbed = new Int32Array(4);
  /** The two words of the last `finish`, signed. */
  low = 0;
  high = 0;

  constructor(secretLow: number, secretHigh: number) {
    this.#secretLow = secretLow | 0;
    this.#secretHigh = secretHigh | 0;
  }

  absorb(key: string): void {
    this.#v0 = this.#secretLow;
    this.#v1 = this.#secretHigh ^ 0xee;
    this.#v2 = 0x6c796765 ^ this.#secretLow;
    this.#v3 = 0x74656462 ^ this.#secretHigh;
    const { length } = key;
    const even = length & ~1;
    for (let i = 0; i < even; i += 2) this.#word(key.charCodeAt(i) | (key.charCodeAt(i + 1) << 16));
    if (even < length) this.#word(key.charCodeAt(even));
    this.#word(length);
    this.#absorbed[0] = this.#v0;
    this.#absorbed[1] = this.#v1;
    this.#absorbed[2] = this.#v2;
    this.#absorbed[3] = this.#v3;
  }

  /** Sets `low` and `high` for the key that was absorbed last and this seed. */
  finish(seedLow: number, seedHigh: number): void {
    this.#v0 = this.#absorbed[0]!;
    this.#v1 = this.#absorbed[1]!;
    this.#v2 = this.#absorbed[2]!;
    this.#v3 = this.#absorbed[3]!;
    this.#word(seedLow);
    this.#word(seedHigh);
    this.#v2 ^= 0xee;
    this.#finalRounds();
    this.low = this.#v1 ^ this.#v3;
    this.#v1 ^= 0xdd;
    this.#finalRounds();
    this.high = this.#v1 ^ this.#v3;
  }

  #word(word: number): void {
    this.#v3 ^= word;
    this.#round();
    this.#v0 ^= word;
  }

  #finalRounds(): void {
    this.#round();
    this.#round();
    this.#round();
  }

  #round(): void {
    let v0 = (this.#v0 + this.#v1) | 0;
    let v1 = rotateLeft(this.#v1, 5) ^ v0;
    v0 = rotateLeft(v0, 16);
    let v2 = (this.#v2 + this.#v3) | 0;
    let v3 = rotateLeft(this.#v3, 8) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = rotateLeft(v3, 7) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = rotateLeft(v1, 13) ^ v2;
    v2 = rotateLeft(v2, 16);
    this.#v0 = v0;
    this.#v1 = v1;
    this.#v2 = v2;
    this.#v3 = v3;
  }
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
