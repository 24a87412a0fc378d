// SPDX-License-Identifier: Apache-2.0
import { scaleOf } from './window-use.ts';
import type { WindowUse } from './window-use.ts';

/** Entries of a neighbourhood: all the places that a key can have. Their fingerprints fill one cache line. */
export const WAYS = 16;
/** No entry has the key. */
export const NOT_FOUND = -1;
const EMPTY = 0;
/** An entry that is changing hands: nobody's, and not to be taken. */
const CHANGING = 1;

/** What eviction asks of the counters that the entries stand for. */
export interface Occupancy {
  /** How much of its quota an entry's key has used: 0 for nothing, about 2^20 for all, for every limit alike. */
  usage(entry: number, scale: number, nowMs: number): number;
  /** Makes the counter one that has used nothing. */
  clear(entry: number): void;
}

/**
 * Which entry counts for which key: an open-addressed table of fingerprints, in memory shared by all workers, without locks.
 *
 * A key has 16 possible entries, and takes the first empty one by a single compare-and-swap; as entries never become empty
 * again, workers that bring the same key at the same time meet at the same entry. Where none is empty, the key that has used the
 * least of its quota is forgotten: least is lost, and nobody can have a key forgotten without having 15 others in its
 * neighbourhood use more of theirs (which keys those are, the secret of the hash hides).
 *
 * When several workers bring the same new key to a full neighbourhood at the same instant, they may take an entry each. From
 * then on only the first of them is found; what was admitted on another one until then is forgotten, as if evicted. A worker
 * that is killed within the nanoseconds in which it changes an entry leaves that one unused for the life of the table.
 */
export class FingerprintIndex {
  readonly #fingerprints: Int32Array;
  readonly #mask: number;
  readonly #occupancy: Occupancy;

  /** As many fingerprints as `WAYS` times a power of two. */
  constructor(fingerprints: Int32Array, occupancy: Occupancy) {
    this.#fingerprints = fingerprints;
    this.#mask = fingerprints.length / WAYS - 1;
    this.#occupancy = occupancy;
  }

  get entryCount(): number {
    return this.#fingerprints.length;
  }

  /** The fingerprint of whoever has the entry; undefined for nobody. */
  ownerOf(entry: number): number | undefined {
    const fingerprint = Atomics.load(this.#fingerprints, entry);
    return fingerprint === EMPTY || fingerprint === CHANGING ? undefined : fingerprint;
  }

  find({ bucket, fingerprint }: WindowUse): number {
    const first = (bucket & this.#mask) * WAYS;
    for (let entry = first; entry < first + WAYS; entry++) {
      const found = Atomics.load(this.#fingerprints, entry);
      if (found === fingerprint) return entry;
      if (found === EMPTY) return NOT_FOUND;
    }
    return NOT_FOUND;
  }

  /** The entry of the key, taken for it where it had none. */
  claim(use: WindowUse, nowMs: number): number {
    for (;;) {
      const entry = this.#findOrTakeEmpty(use);
      if (entry !== NOT_FOUND) return entry;
      const evicted = this.#evict(use, nowMs);
      if (evicted !== NOT_FOUND) return evicted;
    }
  }

  /** Whether the entry is still the key's, and was so for all that was done to its counter since. */
  isOwnedBy({ entry, fingerprint }: WindowUse): boolean {
    return Atomics.load(this.#fingerprints, entry) === fingerprint;
  }

  #findOrTakeEmpty({ bucket, fingerprint }: WindowUse): number {
    const first = (bucket & this.#mask) * WAYS;
    for (let entry = first; entry < first + WAYS; entry++) {
      let found = Atomics.load(this.#fingerprints, entry);
      if (found === EMPTY) {
        found = Atomics.compareExchange(this.#fingerprints, entry, EMPTY, fingerprint);
        if (found === EMPTY) return entry;
      }
      if (found === fingerprint) return entry;
    }
    return NOT_FOUND;
  }

  /** Not found when another worker was there first: then everything has to be looked at again. */
  #evict(use: WindowUse, nowMs: number): number {
    const entry = this.#leastUsed(use.bucket, nowMs);
    if (entry === NOT_FOUND) return NOT_FOUND;
    const owner = Atomics.load(this.#fingerprints, entry);
    if (owner === CHANGING || owner === use.fingerprint) return NOT_FOUND;
    if (Atomics.compareExchange(this.#fingerprints, entry, owner, CHANGING) !== owner) return NOT_FOUND;
    this.#occupancy.clear(entry);
    Atomics.store(this.#fingerprints, entry, use.fingerprint);
    return entry;
  }

  #leastUsed(bucket: number, nowMs: number): number {
    const first = (bucket & this.#mask) * WAYS;
    let least = NOT_FOUND;
    let leastUsage = Infinity;
    for (let entry = first; entry < first + WAYS && leastUsage > 0; entry++) {
      const owner = this.ownerOf(entry);
      if (owner === undefined) continue;
      const usage = this.#occupancy.usage(entry, scaleOf(owner), nowMs);
      if (usage >= leastUsage) continue;
      least = entry;
      leastUsage = usage;
    }
    return least;
  }
}
