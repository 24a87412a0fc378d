// SPDX-License-Identifier: Apache-2.0
import type { Clock, Random, Timer } from '@weir/base';

interface Due {
  readonly atMs: number;
  readonly order: number;
  action: (() => void) | undefined;
}

/** Time that jumps from one thing that is due to the next; of equal times, in the order in which they were set. */
export class SimulatedTime implements Clock {
  private atMs = 0;
  private order = 0;
  private readonly heap: Due[] = [];

  nowMs(): number {
    return this.atMs;
  }

  wallMs(): number {
    return this.atMs;
  }

  after(delayMs: number, action: () => void): Timer {
    const due: Due = { atMs: this.atMs + Math.max(0, delayMs), order: this.order++, action };
    this.heap.push(due);
    this.rise(this.heap.length - 1);
    return { cancel: () => void (due.action = undefined) };
  }

  every(periodMs: number, action: () => void): Timer {
    let timer: Timer | undefined;
    const next = (): void => {
      timer = this.after(periodMs, () => {
        next();
        action();
      });
    };
    next();
    return { cancel: () => timer?.cancel() };
  }

  /** Lets everything happen that is due until then. */
  advance(untilMs: number): void {
    for (let due = this.heap[0]; due !== undefined && due.atMs <= untilMs; due = this.heap[0]) {
      this.removeFirst();
      this.atMs = due.atMs;
      due.action?.();
    }
    this.atMs = untilMs;
  }

  private rise(from: number): void {
    for (let i = from, parent = (i - 1) >> 1; i > 0 && this.isBefore(i, parent); i = parent, parent = (i - 1) >> 1) {
      this.swap(i, parent);
    }
  }

  private removeFirst(): void {
    const last = this.heap.pop();
    if (last === undefined || this.heap.length === 0) return;
    this.heap[0] = last;
    for (let i = 0; ;) {
      const [left, right] = [2 * i + 1, 2 * i + 2];
      const least = right < this.heap.length && this.isBefore(right, left) ? right : left;
      if (least >= this.heap.length || !this.isBefore(least, i)) return;
      this.swap(i, least);
      i = least;
    }
  }

  private isBefore(i: number, j: number): boolean {
    const [one, other] = [this.heap[i]!, this.heap[j]!];
    return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
  }

  private swap(i: number, j: number): void {
    [this.heap[i], this.heap[j]] = [this.heap[j]!, this.heap[i]!];
  }
}

/** Chance that is the same for each run with the same seed (mulberry32). */
export class Chance implements Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed;
  }

  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  hex(count: number): string {
    return Array.from({ length: count * 2 }, () => this.below(16).toString(16)).join('');
  }

  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  between(least: number, most: number): number {
    return least + this.next() * (most - least);
  }

  is(probability: number): boolean {
    return this.next() < probability;
  }

  pick<Value>(values: readonly Value[]): Value {
    return values[this.below(values.length)]!;
  }
}
