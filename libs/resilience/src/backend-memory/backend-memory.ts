// SPDX-License-Identifier: Apache-2.0
import type { SharedLoadsLayout } from '../loads/shared-loads.ts';
import { closedWord, eraOf } from '../breaker/breaker-word.ts';

/** What the workers of a process share of one backend. */
export interface BackendCells {
  /** Written by all: see `SHARED`. */
  readonly shared: Int32Array;
  /** One for each worker, which alone writes it: see `COLUMN`. Sums over all of them are what the process has. */
  readonly columns: readonly Int32Array[];
  /** This worker's. */
  readonly own: Int32Array;
}

/** Cells that all workers write; the last two of fuses alone: what had been counted when it blew. */
export const SHARED = { breakerWord: 0, breakerSince: 1, blownEnded: 2, blownFailed: 3 } as const;
/** Cells of a worker's column. */
export const COLUMN = { inFlight: 0, connections: 1, waiting: 2, outcomes: 4 } as const;

/** Slices that a breaker's window is cut into; one leaves the window at a time. */
export const SLICE_COUNT = 10;
/** Of a slice: its number, the era that it is of, calls that ended in it, those of them that failed. */
export const CELLS_PER_SLICE = 4;

/** Whole cache lines: a line that two workers write would travel between their cores at each request. */
const SHARED_CELLS = 16;
const COLUMN_CELLS = 48;

/** Size of the buffer for `slotCount` backends and `workerCount` workers. */
export function backendMemoryBytes(slotCount: number, workerCount: number): number {
  return slotCount * cellsPerSlot(workerCount) * Int32Array.BYTES_PER_ELEMENT;
}

/**
 * A worker's view of the memory in which workers count the calls of backends that have a breaker or limits. Slots outside the table
 * (-1 = not known) are of this worker alone.
 */
export class BackendMemory {
  readonly #buffer: SharedArrayBuffer;
  readonly #layout: SharedLoadsLayout;

  constructor(buffer: SharedArrayBuffer, layout: SharedLoadsLayout) {
    this.#buffer = buffer;
    this.#layout = layout;
  }

  at(slot: number): BackendCells {
    const { workerIndex, workerCount } = this.#layout;
    if (slot < 0 || slot >= slotCountOf(this.#buffer, workerCount)) return privateCells();
    const columns = Array.from({ length: workerCount }, (_, worker) => columnOf(this.#buffer, { slot, worker, workerCount }));
    return { shared: sharedOf(this.#buffer, slot, workerCount), columns, own: columns[workerIndex]! };
  }
}

/** Cells of a worker that shares them with nobody. */
export function privateCells(): BackendCells {
  const own = new Int32Array(COLUMN_CELLS);
  return { shared: new Int32Array(SHARED_CELLS), columns: [own], own };
}

/** Forgets the calls of a worker that is gone. Call before its column is given to another. */
export function zeroBackendColumn(buffer: SharedArrayBuffer, { workerIndex, workerCount }: SharedLoadsLayout): void {
  const cells = new Int32Array(buffer);
  for (let slot = 0; slot < slotCountOf(buffer, workerCount); slot++) {
    const start = columnStart({ slot, worker: workerIndex, workerCount });
    cells.fill(0, start, start + COLUMN_CELLS);
  }
}

/**
 * Makes a slot ready for another backend: closed, in a new era, so that nothing that was counted for the former one counts. Calls of
 * that one which still run end what they began, so that their numbers come out even.
 */
export function resetBackendSlot(buffer: SharedArrayBuffer, slot: number, workerCount: number): void {
  if (slot >= slotCountOf(buffer, workerCount)) return;
  const shared = sharedOf(buffer, slot, workerCount);
  const word = Atomics.load(shared, SHARED.breakerWord);
  Atomics.store(shared, SHARED.breakerWord, closedWord(eraOf(word) + 1));
}

/** The breaker's word of a slot, for people; undefined = the slot is outside the table. */
export function breakerWordAt(buffer: SharedArrayBuffer, slot: number, workerCount: number): number | undefined {
  if (slot >= slotCountOf(buffer, workerCount)) return undefined;
  return Atomics.load(sharedOf(buffer, slot, workerCount), SHARED.breakerWord);
}

function cellsPerSlot(workerCount: number): number {
  return SHARED_CELLS + workerCount * COLUMN_CELLS;
}

function slotCountOf(buffer: SharedArrayBuffer, workerCount: number): number {
  return Math.floor(buffer.byteLength / Int32Array.BYTES_PER_ELEMENT / cellsPerSlot(workerCount));
}

function sharedOf(buffer: SharedArrayBuffer, slot: number, workerCount: number): Int32Array {
  return new Int32Array(buffer, slot * cellsPerSlot(workerCount) * Int32Array.BYTES_PER_ELEMENT, SHARED_CELLS);
}

interface ColumnPlace {
  readonly slot: number;
  readonly worker: number;
  readonly workerCount: number;
}

function columnOf(buffer: SharedArrayBuffer, place: ColumnPlace): Int32Array {
  return new Int32Array(buffer, columnStart(place) * Int32Array.BYTES_PER_ELEMENT, COLUMN_CELLS);
}

function columnStart({ slot, worker, workerCount }: ColumnPlace): number {
  return slot * cellsPerSlot(workerCount) + SHARED_CELLS + worker * COLUMN_CELLS;
}
