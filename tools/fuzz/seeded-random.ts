// SPDX-License-Identifier: Apache-2.0

/** Chance that repeats: the same seed gives the same run. Quality and speed matter here, secrecy does not (sfc32). */
export class SeededRandom {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(seed: number) {
    this.a = seed | 0;
    this.b = (seed / 2 ** 32) | 0;
    this.c = 0x9e3779b9;
    for (let i = 0; i < 12; i++) this.bits();
  }

  /** Whole number in [0, limit). */
  below(limit: number): number {
    return this.bits() % limit;
  }

  chance(probability: number): boolean {
    return this.bits() < probability * 2 ** 32;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  private bits(): number {
    const mixed = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + mixed) | 0;
    return mixed >>> 0;
  }
}
