// SPDX-License-Identifier: Apache-2.0

/** Keys that are looked at again and again, some at a time: what is new comes first, then each in turn. */
export class TurnList<Key> {
  private readonly fresh = new Set<Key>();
  private readonly waiting = new Set<Key>();

  get hasFresh(): boolean {
    return this.fresh.size > 0;
  }

  /** It comes first; also one that is there already. */
  add(key: Key): void {
    this.waiting.delete(key);
    this.fresh.add(key);
  }

  delete(key: Key): void {
    this.fresh.delete(key);
    this.waiting.delete(key);
  }

  has(key: Key): boolean {
    return this.fresh.has(key) || this.waiting.has(key);
  }

  /** At most so many; they stay, behind the others. */
  take(count: number): readonly Key[] {
    const keys = [...this.fresh.values().take(count)];
    for (const key of this.waiting.values().take(count - keys.length)) keys.push(key);
    for (const key of keys) {
      this.delete(key);
      this.waiting.add(key);
    }
    return keys;
  }
}
