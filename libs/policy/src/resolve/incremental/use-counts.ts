// SPDX-License-Identifier: Apache-2.0

/** How many users each key has. */
export class UseCounts {
  private readonly counts = new Map<string, number>();

  /** True when this is the first use. */
  acquire(key: string): boolean {
    const count = this.counts.get(key) ?? 0;
    this.counts.set(key, count + 1);
    return count === 0;
  }

  release(key: string): void {
    const count = this.counts.get(key) ?? 0;
    if (count <= 1) this.counts.delete(key);
    else this.counts.set(key, count - 1);
  }

  isUsed(key: string): boolean {
    return this.counts.has(key);
  }
}
