// SPDX-License-Identifier: Apache-2.0
// Rate limits as one would write them without a thought for memory or threads. Property tests compare the real ones with these.

interface Admitted {
  readonly atMs: number;
  readonly cost: number;
}

/** Tokens that come back one by one, exact as long as times and `intervalMs` are whole numbers of a common unit. */
export class TokenBucketModel {
  readonly #burst: number;
  readonly #intervalMs: number;
  #fullAtMs = -Infinity;

  constructor(burst: number, intervalMs: number) {
    this.#burst = burst;
    this.#intervalMs = intervalMs;
  }

  admits(cost: number, nowMs: number): boolean {
    const fullAtMs = Math.max(this.#fullAtMs, nowMs) + cost * this.#intervalMs;
    if (fullAtMs - nowMs > this.#burst * this.#intervalMs) return false;
    this.#fullAtMs = fullAtMs;
    return true;
  }
}

/** Remembers every request. */
export class AdmissionLog {
  readonly #admitted: Admitted[] = [];

  add(cost: number, atMs: number): void {
    this.#admitted.push({ atMs, cost });
  }

  /** Cost admitted after `fromMs`, exclusive, up to `untilMs`, inclusive. */
  costWithin(fromMs: number, untilMs: number): number {
    return this.#admitted.reduce((sum, { atMs, cost }) => sum + (atMs > fromMs && atMs <= untilMs ? cost : 0), 0);
  }

  /** By how much the worst time span exceeds burst + rate × span; below or at 0 when none does. */
  excessOver(burst: number, perMs: number, graceMs: number): number {
    let worst = -Infinity;
    for (const [i, first] of this.#admitted.entries()) {
      let cost = 0;
      for (const { atMs, cost: each } of this.#admitted.slice(i)) {
        cost += each;
        worst = Math.max(worst, cost - burst - (atMs - first.atMs + graceMs) * perMs);
      }
    }
    return worst;
  }
}
