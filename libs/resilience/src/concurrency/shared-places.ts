// SPDX-License-Identifier: Apache-2.0
import { KeyedHash } from '../rate-limit/keyed-hash.ts';
import { cellOf, FIELDS, placeBufferViews, signal, signalIndex, WAYS } from './place-buffer.ts';
import type { PlaceBufferViews } from './place-buffer.ts';
import type { PlaceLimit } from './place-limit.ts';
import { TableLocks } from './table-lock.ts';

/** What became of a request that came. */
export type Entry = 'entered' | 'full' | 'queued';

/** Times in a cell: sixteenths of a millisecond, modulo 2^32. */
const TICKS_PER_MS = 16;
const NOBODY = 0;

/**
 * The requests in flight of a process, by key, in one table that all workers share (`createPlaceBuffer`). A worker has a column of it
 * that only it writes, so that a dead worker's places come back by clearing its column. Never are more in flight than a limit
 * says, over all workers; those that wait are counted as exactly, and whoever has waited longest is next, in whichever worker.
 *
 * A key has an entry while it has requests in flight or waiting, and none else: entries without any are taken over, so that nothing in
 * use is ever forgotten. A key has 16 possible entries. Where all are in use, it shares the count of one of them: the two then
 * have the places of one, until one has ended.
 */
export class SharedPlaces {
  readonly #views: PlaceBufferViews;
  readonly #column: number;
  readonly #hash: KeyedHash;
  readonly #locks: TableLocks;
  /** Of the last `enter`. */
  entry = 0;
  #seenSignal: number;

  constructor(buffer: SharedArrayBuffer, column: number) {
    this.#views = placeBufferViews(buffer);
    if (column < 0 || column >= this.#views.columnCount) {
      throw new RangeError(`worker ${column} has no column in a table of ${this.#views.columnCount} workers`);
    }
    this.#column = column;
    this.#hash = new KeyedHash(this.#views.secretLow, this.#views.secretHigh);
    this.#locks = new TableLocks(this.#views.locks, column + 1);
    this.#seenSignal = this.#signalWord();
  }

  /** Takes a place for a request, or one in the queue behind all that wait; `entry` then says where. */
  enter(limit: PlaceLimit, key: string, nowMs: number): Entry {
    this.#hash.absorb(key);
    this.#hash.finish(limit.seedLow, limit.seedHigh);
    const neighbourhood = (this.#hash.low >>> 0) & (this.#views.locks.length - 1);
    if (!this.#locks.take(neighbourhood)) return 'full';
    this.entry = this.#findOrClaim(neighbourhood * WAYS, this.#hash.high === NOBODY ? 1 : this.#hash.high);
    const outcome = this.#admit(limit, nowMs);
    this.#locks.release(neighbourhood);
    return outcome;
  }

  /**
   * Lets the first of this worker's queue in, if there is a place and nobody in another worker has waited longer. `nextMs`: when the one
   * behind it came; undefined = it is the last.
   */
  advance(entry: number, requests: number, nextMs: number | undefined): boolean {
    const neighbourhood = Math.floor(entry / WAYS);
    if (!this.#locks.take(neighbourhood)) return false;
    const isNext = this.#sum(entry, FIELDS.inFlight) < requests && this.#signalEldest(entry) === this.#column;
    if (isNext) {
      this.#add(entry, FIELDS.inFlight, 1);
      this.#dequeue(entry, nextMs);
    }
    this.#locks.release(neighbourhood);
    return isNext;
  }

  /** One of this worker's queue goes without having been let in. `headMs`: when the one came that is first now. */
  abandon(entry: number, headMs: number | undefined): void {
    this.#dequeue(entry, headMs);
    this.#signalEldest(entry);
  }

  /** Gives a place back; true = this worker's queue is next. */
  leave(entry: number): boolean {
    this.#add(entry, FIELDS.inFlight, -1);
    return this.#signalEldest(entry) === this.#column;
  }

  inFlight(entry: number): number {
    return this.#sum(entry, FIELDS.inFlight);
  }

  /** Resolves when another worker has given this one a turn, since the last time that it did. */
  async signalled(): Promise<void> {
    await Atomics.waitAsync(this.#views.signals, signalIndex(this.#column), this.#seenSignal).value;
    this.#seenSignal = this.#signalWord();
  }

  #signalWord(): number {
    return Atomics.load(this.#views.signals, signalIndex(this.#column));
  }

  #admit({ requests, queueSize }: PlaceLimit, nowMs: number): Entry {
    const waiting = this.#sum(this.entry, FIELDS.waiting);
    if (waiting === 0 && this.#sum(this.entry, FIELDS.inFlight) < requests) {
      this.#add(this.entry, FIELDS.inFlight, 1);
      return 'entered';
    }
    if (waiting >= queueSize) return 'full';
    if (this.#own(this.entry, FIELDS.waiting) === 0) this.#set(this.entry, FIELDS.head, ticks(nowMs));
    this.#add(this.entry, FIELDS.waiting, 1);
    return 'queued';
  }

  #dequeue(entry: number, headMs: number | undefined): void {
    if (headMs !== undefined) this.#set(entry, FIELDS.head, ticks(headMs));
    this.#add(entry, FIELDS.waiting, -1);
  }

  /** The column whose first has waited longest, which is told so if it is another one; -1 = nobody waits. */
  #signalEldest(entry: number): number {
    const { columnCount, cells, entryCount, signals } = this.#views;
    let eldest = -1;
    let head = 0;
    for (let column = 0; column < columnCount; column++) {
      const cell = cellOf(entryCount, column, entry);
      if (Atomics.load(cells, cell + FIELDS.waiting) === 0) continue;
      const own = Atomics.load(cells, cell + FIELDS.head);
      if (eldest !== -1 && ((own - head) | 0) >= 0) continue;
      eldest = column;
      head = own;
    }
    if (eldest !== -1 && eldest !== this.#column) signal(signals, eldest);
    return eldest;
  }

  /** The key's entry; else one that nobody uses, else one to be shared. */
  #findOrClaim(first: number, fingerprint: number): number {
    const { fingerprints } = this.#views;
    for (let entry = first; entry < first + WAYS; entry++) {
      if (Atomics.load(fingerprints, entry) === fingerprint) return entry;
    }
    for (let entry = first; entry < first + WAYS; entry++) {
      if (this.#sum(entry, FIELDS.inFlight) + this.#sum(entry, FIELDS.waiting) > 0) continue;
      Atomics.store(fingerprints, entry, fingerprint);
      return entry;
    }
    return first + ((fingerprint >>> 0) % WAYS);
  }

  #sum(entry: number, field: number): number {
    const { columnCount, cells, entryCount } = this.#views;
    let sum = 0;
    for (let column = 0; column < columnCount; column++) {
      sum += Atomics.load(cells, cellOf(entryCount, column, entry) + field);
    }
    return sum;
  }

  #own(entry: number, field: number): number {
    return Atomics.load(this.#views.cells, this.#cell(entry, field));
  }

  #set(entry: number, field: number, value: number): void {
    Atomics.store(this.#views.cells, this.#cell(entry, field), value);
  }

  #add(entry: number, field: number, difference: number): void {
    Atomics.add(this.#views.cells, this.#cell(entry, field), difference);
  }

  #cell(entry: number, field: number): number {
    return cellOf(this.#views.entryCount, this.#column, entry) + field;
  }
}

function ticks(ms: number): number {
  return Math.floor(ms * TICKS_PER_MS) | 0;
}
