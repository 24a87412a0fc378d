// SPDX-License-Identifier: Apache-2.0
import type { Random } from '@weir/base';

/** Entries of a neighbourhood: all the places that a key's count can be in. */
export const WAYS = 16;
/** What each worker has of each entry: requests in flight, requests that wait, and when the first of those came. */
export const FIELDS = { inFlight: 0, waiting: 1, head: 2 } as const;
const FIELD_COUNT = 3;
/** Words of a cache line: what several threads write at once stands in lines of its own. */
const LINE_WORDS = 16;
const HEADER = { entries: 0, columns: 1, secretLow: 2, secretHigh: 3 } as const;
const SECRET_BYTES = 8;

export interface PlaceTableSize {
  /** Keys that can have requests in flight at the same time, each with a count of its own. Rounded up to `WAYS` times a power of two. */
  readonly keys: number;
  /** Workers that can live at the same time. */
  readonly columnCount: number;
}

/** The parts of the shared memory. */
export interface PlaceBufferViews {
  readonly entryCount: number;
  readonly columnCount: number;
  readonly secretLow: number;
  readonly secretHigh: number;
  /** One for each neighbourhood: 0, or one more than the column of the worker that changes it. */
  readonly locks: Int32Array;
  /** One word at the beginning of a line for each column: it changes when the column's worker has to look at its queues. */
  readonly signals: Int32Array;
  readonly fingerprints: Int32Array;
  /** By column, then by entry, then by field. */
  readonly cells: Int32Array;
}

/**
 * Memory for the requests in flight of a process, made once on the main thread and handed to every worker. What is never used takes no
 * memory. The secret of the hash is in it: it does not leave the process.
 */
export function createPlaceBuffer({ keys, columnCount }: PlaceTableSize, random: Random): SharedArrayBuffer {
  const entries = WAYS * 2 ** Math.ceil(Math.log2(Math.max(keys, WAYS) / WAYS));
  const words = LINE_WORDS + entries / WAYS + columnCount * LINE_WORDS + entries + columnCount * entries * FIELD_COUNT;
  const buffer = new SharedArrayBuffer(words * Int32Array.BYTES_PER_ELEMENT);
  const header = new Int32Array(buffer, 0, LINE_WORDS);
  const secret = random.hex(SECRET_BYTES);
  header[HEADER.entries] = entries;
  header[HEADER.columns] = columnCount;
  header[HEADER.secretLow] = Number.parseInt(secret.slice(0, SECRET_BYTES), 16);
  header[HEADER.secretHigh] = Number.parseInt(secret.slice(SECRET_BYTES), 16);
  return buffer;
}

export function placeBufferViews(buffer: SharedArrayBuffer): PlaceBufferViews {
  const words = new Int32Array(buffer);
  const entryCount = words[HEADER.entries]!;
  const columnCount = words[HEADER.columns]!;
  let from = LINE_WORDS;
  const next = (count: number): Int32Array => words.subarray(from, (from += count));
  return {
    entryCount,
    columnCount,
    secretLow: words[HEADER.secretLow]!,
    secretHigh: words[HEADER.secretHigh]!,
    locks: next(entryCount / WAYS),
    signals: next(columnCount * LINE_WORDS),
    fingerprints: next(entryCount),
    cells: next(columnCount * entryCount * FIELD_COUNT),
  };
}

/** The first word of a column's cells of an entry. */
export function cellOf(entryCount: number, column: number, entry: number): number {
  return (column * entryCount + entry) * FIELD_COUNT;
}

/** Tells a column's worker to look at its queues. */
export function signal(signals: Int32Array, column: number): void {
  Atomics.add(signals, column * LINE_WORDS, 1);
  Atomics.notify(signals, column * LINE_WORDS);
}

/** The word that `signal` changes. */
export function signalIndex(column: number): number {
  return column * LINE_WORDS;
}

/** Gives back the places of a worker that died, and what it held of the table. Call before its replacement starts. */
export function clearPlaceColumn(buffer: SharedArrayBuffer, column: number): void {
  const { entryCount, columnCount, locks, signals, cells } = placeBufferViews(buffer);
  const first = cellOf(entryCount, column, 0);
  const end = first + entryCount * FIELD_COUNT;
  // Written only where something is: memory that was never used stays that way.
  for (let cell = first; cell < end; cell++) if (cells[cell] !== 0) Atomics.store(cells, cell, 0);
  for (let lock = 0; lock < locks.length; lock++) Atomics.compareExchange(locks, lock, column + 1, 0);
  for (let other = 0; other < columnCount; other++) signal(signals, other);
}
