// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';

/** By worker: ten thousand callers at once. */
export const MAX_KNOWN_PASSWORDS = 10_000;
/** A password that nobody has used for twice as long is forgotten. */
export const GENERATION_MS = 15 * 60 * 1000;

/**
 * Digests of passwords that were right. Two generations: what is new or used is in the young one; when that has half of what is
 * allowed, or its time is over, the old one is dropped and it takes its place.
 */
export class KnownPasswords {
  private readonly clock: Pick<Clock, 'nowMs'>;
  private young = new Set<string>();
  private old = new Set<string>();
  private bornMs: number;

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.clock = clock;
    this.bornMs = clock.nowMs();
  }

  get count(): number {
    return this.young.size + this.old.size;
  }

  has(digest: string): boolean {
    this.age();
    if (this.young.has(digest)) return true;
    if (!this.old.delete(digest)) return false;
    this.add(digest);
    return true;
  }

  add(digest: string): void {
    if (this.young.size >= MAX_KNOWN_PASSWORDS / 2) this.turn(this.clock.nowMs());
    this.young.add(digest);
  }

  private age(): void {
    const nowMs = this.clock.nowMs();
    if (nowMs - this.bornMs < GENERATION_MS) return;
    if (nowMs - this.bornMs >= 2 * GENERATION_MS) this.young.clear();
    this.turn(nowMs);
  }

  private turn(nowMs: number): void {
    this.old = this.young;
    this.young = new Set();
    this.bornMs = nowMs;
  }
}
