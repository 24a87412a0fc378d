// SPDX-License-Identifier: Apache-2.0

export interface CacheBounds {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

interface Kept<Value> {
  readonly value: Value;
  readonly byteCount: number;
  readonly untilMs: number;
}

/** Values that hold for a time. Where there is no room, the one that was not used for longest goes first. */
export class BoundedCache<Value> {
  private readonly bounds: CacheBounds;
  /** In the order of their last use. */
  private readonly entries = new Map<string, Kept<Value>>();
  private byteCount = 0;

  constructor(bounds: CacheBounds) {
    this.bounds = bounds;
  }

  get count(): number {
    return this.entries.size;
  }

  /** `nowMs`: what held until then is gone. */
  get(key: string, nowMs: number): Value | undefined {
    const kept = this.entries.get(key);
    if (kept === undefined) return undefined;
    this.entries.delete(key);
    if (nowMs < kept.untilMs) {
      this.entries.set(key, kept);
      return kept.value;
    }
    this.byteCount -= kept.byteCount;
    return undefined;
  }

  set(key: string, kept: Kept<Value>): void {
    this.remove(key);
    if (kept.byteCount > this.bounds.maxBytes) return;
    this.entries.set(key, kept);
    this.byteCount += kept.byteCount;
    while (this.entries.size > this.bounds.maxEntries || this.byteCount > this.bounds.maxBytes) {
      const [oldest] = this.entries.keys();
      if (oldest === undefined) return;
      this.remove(oldest);
    }
  }

  private remove(key: string): void {
    const kept = this.entries.get(key);
    if (kept === undefined) return;
    this.entries.delete(key);
    this.byteCount -= kept.byteCount;
  }
}
