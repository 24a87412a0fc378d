// SPDX-License-Identifier: Apache-2.0
import { CELLS_PER_SLICE, COLUMN, SLICE_COUNT } from '../backend-memory/backend-memory.ts';
import type { BackendCells } from '../backend-memory/backend-memory.ts';

/** Calls that ended within a window, over all workers. */
export interface OutcomeSums {
  readonly ended: number;
  readonly failed: number;
}

const SLICE = { number: 0, era: 1, ended: 2, failed: 3 } as const;

/**
 * Calls to a backend that ended within the last while and how many of them failed. Each worker counts in slices of its own, which are
 * used again in turn; what is of another era, or has left the window, is passed over where the sums are made.
 */
export class OutcomeCounts {
  readonly #cells: BackendCells;
  readonly #sliceMs: number;

  constructor(cells: BackendCells, windowMs: number) {
    this.#cells = cells;
    this.#sliceMs = windowMs / SLICE_COUNT;
  }

  countEnd(era: number, nowMs: number): void {
    this.#count(era, nowMs, SLICE.ended);
  }

  countFailure(era: number, nowMs: number): void {
    this.#count(era, nowMs, SLICE.failed);
  }

  sums(era: number, nowMs: number): OutcomeSums {
    const latest = this.#sliceNumber(nowMs);
    let ended = 0;
    let failed = 0;
    for (const column of this.#cells.columns) {
      for (let at: number = COLUMN.outcomes; at < COLUMN.outcomes + SLICE_COUNT * CELLS_PER_SLICE; at += CELLS_PER_SLICE) {
        const age = latest - column[at + SLICE.number]!;
        if (age < 0 || age >= SLICE_COUNT || column[at + SLICE.era] !== era) continue;
        ended += column[at + SLICE.ended]!;
        failed += column[at + SLICE.failed]!;
      }
    }
    return { ended, failed };
  }

  #count(era: number, nowMs: number, what: number): void {
    const { own } = this.#cells;
    const number = this.#sliceNumber(nowMs);
    const at = COLUMN.outcomes + (number % SLICE_COUNT) * CELLS_PER_SLICE;
    if (own[at + SLICE.number] !== number || own[at + SLICE.era] !== era) {
      own[at + SLICE.ended] = 0;
      own[at + SLICE.failed] = 0;
      own[at + SLICE.number] = number;
      own[at + SLICE.era] = era;
    }
    own[at + what] = own[at + what]! + 1;
  }

  /** A process that has run for less than 24 days has fewer than 2^31 slices of a millisecond. */
  #sliceNumber(nowMs: number): number {
    return Math.floor(nowMs / this.#sliceMs) & 0x7f_ff_ff_ff;
  }
}
