// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';
import { PRIORITIES } from '@weir/resilience';
import type { Pressure, Priority } from '@weir/resilience';
import { overloadFromWord } from '../engine/overload-watch.ts';

/** What all workers together refuse now. */
export interface OverloadChange {
  /** The most important that one of them refuses; undefined = none refuses anything any more. */
  readonly refused: Priority | undefined;
  /** Of what too little is left, or was. */
  readonly pressure: Pressure;
}

export interface BoardOptions {
  readonly clock: Clock;
  onOverload(change: OverloadChange): void;
}

/** Often enough to be told in time; overloads that are shorter than this are not told. */
const LOOK_MS = 250;

/** Where workers write how much they refuse, and the main thread reads it. */
export class OverloadBoard {
  readonly memory: SharedArrayBuffer;
  private readonly words: Int32Array;
  private readonly options: BoardOptions;
  private told: OverloadChange = { refused: undefined, pressure: 'memory' };

  constructor(columnCount: number, options: BoardOptions) {
    this.memory = new SharedArrayBuffer(columnCount * Int32Array.BYTES_PER_ELEMENT);
    this.words = new Int32Array(this.memory);
    this.options = options;
    options.clock.every(LOOK_MS, () => this.look());
  }

  /** The worker of this column is gone. */
  clear(column: number): void {
    Atomics.store(this.words, column, 0);
  }

  private look(): void {
    let level = 0;
    let { pressure } = this.told;
    for (let column = 0; column < this.words.length; column++) {
      const overload = overloadFromWord(Atomics.load(this.words, column));
      if (overload === undefined || overload.level <= level) continue;
      ({ level, pressure } = overload);
    }
    const refused = level === 0 ? undefined : PRIORITIES[level - 1];
    if (refused === this.told.refused) return;
    this.told = { refused, pressure };
    this.options.onOverload(this.told);
  }
}
