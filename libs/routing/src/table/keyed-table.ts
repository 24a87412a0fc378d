// SPDX-License-Identifier: Apache-2.0

/** Who may change a node in place: what carries another token is shared with a table in use and is copied first. */
export type EditToken = symbol;

interface Slot<Value> {
  readonly hash: number;
  readonly key: string;
  readonly value: Value;
}

/** Entries a bucket has on average, at the most: each one that is looked at may have to be fetched from far away. */
const BUCKET_SIZE = 2;
const SHARED: EditToken = Symbol('shared');

/**
 * A map from text to values for the hot path: a lookup takes a part of a longer text without cutting it out, and a copy for
 * editing copies one array of buckets and not the entries.
 *
 * Linear hashing (Litwin, 1980): the table grows by one bucket at a time, so that no single insertion has to move all
 * entries.
 */
export class KeyedTable<Value> {
  private static readonly nothing = new KeyedTable<never>(SHARED, [], 0);
  readonly size: number;
  private readonly owner: EditToken;
  private readonly buckets: (readonly Slot<Value>[])[];
  /** Smallest 2^k - 1 that is not less than the last bucket's index. */
  private readonly mask: number;

  private constructor(owner: EditToken, buckets: (readonly Slot<Value>[])[], size: number) {
    this.owner = owner;
    this.buckets = buckets;
    this.size = size;
    this.mask = maskFor(buckets.length);
  }

  static empty<Value>(): KeyedTable<Value> {
    // Nearly all tables are empty: one for all of them is always close at hand.
    return KeyedTable.nothing;
  }

  /** The value of the key `text.slice(start, end)`. */
  get(text: string, start = 0, end = text.length): Value | undefined {
    if (this.size === 0) return undefined;
    const hash = hashOf(text, start, end);
    const bucket = this.buckets[this.bucketIndex(hash)]!;
    for (let i = 0; i < bucket.length; i++) {
      const slot = bucket[i]!;
      if (slot.hash === hash && slot.key.length === end - start && text.startsWith(slot.key, start)) return slot.value;
    }
    return undefined;
  }

  /** A table with `key` set: the buckets are changed in place if `owner` already owns them. */
  with(owner: EditToken, key: string, value: Value): KeyedTable<Value> {
    const hash = hashOf(key, 0, key.length);
    const buckets = this.bucketsOwnedBy(owner);
    if (buckets.length === 0) return new KeyedTable<Value>(owner, [[{ hash, key, value }]], 1);
    const index = this.bucketIndex(hash);
    const others = buckets[index]!.filter(slot => slot.key !== key);
    const isNew = others.length === buckets[index]!.length;
    buckets[index] = [...others, { hash, key, value }];
    const size = isNew ? this.size + 1 : this.size;
    if (size > buckets.length * BUCKET_SIZE) splitOneBucket(buckets);
    return new KeyedTable<Value>(owner, buckets, size);
  }

  /** A table without `key`. Buckets are kept: what is removed usually comes back. */
  without(owner: EditToken, key: string): KeyedTable<Value> {
    if (this.get(key) === undefined) return this;
    if (this.size === 1) return KeyedTable.empty<Value>();
    const buckets = this.bucketsOwnedBy(owner);
    const index = this.bucketIndex(hashOf(key, 0, key.length));
    buckets[index] = buckets[index]!.filter(slot => slot.key !== key);
    return new KeyedTable<Value>(owner, buckets, this.size - 1);
  }

  private bucketsOwnedBy(owner: EditToken): (readonly Slot<Value>[])[] {
    return this.owner === owner ? this.buckets : this.buckets.slice();
  }

  private bucketIndex(hash: number): number {
    const index = hash & this.mask;
    return index < this.buckets.length ? index : index & (this.mask >>> 1);
  }
}

function maskFor(bucketCount: number): number {
  return bucketCount <= 1 ? 0 : 2 ** (32 - Math.clz32(bucketCount - 1)) - 1;
}

function splitOneBucket<Value>(buckets: (readonly Slot<Value>[])[]): void {
  const added = buckets.length;
  const mask = maskFor(added + 1);
  const source = added & (mask >>> 1);
  const slots = buckets[source]!;
  buckets[source] = slots.filter(slot => (slot.hash & mask) !== added);
  buckets.push(slots.filter(slot => (slot.hash & mask) === added));
}

/** FNV-1a over UTF-16 units. Not secret: the keys are the operator's, and a lookup costs one bucket whatever it hashes to. */
function hashOf(text: string, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash ^ (hash >>> 15);
}
