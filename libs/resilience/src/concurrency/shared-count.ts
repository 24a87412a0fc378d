// SPDX-License-Identifier: Apache-2.0
import type { BackendCells } from '../backend-memory/backend-memory.ts';

/** Something that workers count of a backend, each in its own cell, and that is limited over all of them. */
export class SharedCount {
  readonly #cells: BackendCells;
  readonly #cell: number;

  /** `cell`: of a column. */
  constructor(cells: BackendCells, cell: number) {
    this.#cells = cells;
    this.#cell = cell;
  }

  /** Of this worker. */
  get own(): number {
    return this.#cells.own[this.#cell]!;
  }

  /** Of all workers. */
  get total(): number {
    let sum = 0;
    for (const column of this.#cells.columns) sum += Atomics.load(column, this.#cell);
    return sum;
  }

  add(): void {
    Atomics.store(this.#cells.own, this.#cell, this.own + 1);
  }

  take(): void {
    Atomics.store(this.#cells.own, this.#cell, this.own - 1);
  }

  /**
   * Counts one more if there are not more than `max` then. Counted first and looked at afterwards: two workers that want the last place
   * may both go without it, and never both have it.
   */
  addWithin(max: number): boolean {
    this.add();
    if (this.total <= max) return true;
    this.take();
    return false;
  }
}
