// SPDX-License-Identifier: Apache-2.0
import type { Level } from './contract.ts';

export type Watcher = (level: Level) => void;

/** How many there are of each item. Whoever takes the last one sees a boat arrive with as many as there were at first. */
export class Shelf {
  private readonly full: ReadonlyMap<string, number>;
  private readonly counts: Map<string, number>;
  private readonly watchers = new Set<Watcher>();

  constructor(counts: Readonly<Record<string, number>>) {
    this.full = new Map(Object.entries(counts));
    this.counts = new Map(this.full);
  }

  get items(): readonly string[] {
    return [...this.full.keys()];
  }

  /** Undefined for what the shop does not have. */
  level(item: string): Level | undefined {
    const left = this.counts.get(item);
    return left === undefined ? undefined : { item, left };
  }

  /** Takes one; undefined for what the shop does not have. */
  take(item: string): Level | undefined {
    const before = this.counts.get(item);
    if (before === undefined) return undefined;
    const level = { item, left: before > 1 ? before - 1 : this.full.get(item)! };
    this.counts.set(item, level.left);
    for (const watcher of this.watchers) watcher(level);
    return level;
  }

  /** Calls `watcher` after each change, until the function that it gives is called. */
  watch(watcher: Watcher): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }
}
