// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';

export interface RetryBudgetOptions {
  /** Retries for each request that is made, 0 to 1. */
  readonly share: number;
  /** Retries that are there whatever the load. */
  readonly minPerSecond: number;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** A fifth more load is what a backend in trouble can bear; ten a second let a quiet one be retried at all (GEP-3388). */
export const RETRY_BUDGET: Pick<RetryBudgetOptions, 'minPerSecond' | 'share'> = { share: 0.2, minPerSecond: 10 };

/** What quiet times may save up: enough for an endpoint that fails a few requests at once, too little to make an outage worse. */
const MAX_SAVED = 100;
const THOUSANDTHS = 1000;

/**
 * Bounds the retries to one backend: a share of the requests to it, and a few a second whatever their number. Without it retries
 * multiply the load just when a backend fails under it.
 */
export class RetryBudget {
  /** In thousandths of a retry, so that nothing is lost in adding. */
  private readonly share: number;
  private readonly minPerSecond: number;
  private readonly clock: Pick<Clock, 'nowMs'>;
  private saved = 0;
  private reserve: number;
  private filledMs: number;

  constructor({ share, minPerSecond, clock }: RetryBudgetOptions) {
    this.share = Math.round(share * THOUSANDTHS);
    this.minPerSecond = minPerSecond;
    this.clock = clock;
    this.reserve = minPerSecond;
    this.filledMs = clock.nowMs();
  }

  /** A request is made, whatever becomes of it. */
  deposit(): void {
    this.saved = Math.min(MAX_SAVED * THOUSANDTHS, this.saved + this.share);
  }

  /** Whether one more retry may be made; it is then counted. */
  withdraw(): boolean {
    if (this.saved >= THOUSANDTHS) {
      this.saved -= THOUSANDTHS;
      return true;
    }
    this.refill();
    if (this.reserve < 1) return false;
    this.reserve -= 1;
    return true;
  }

  private refill(): void {
    const nowMs = this.clock.nowMs();
    const added = ((nowMs - this.filledMs) / 1000) * this.minPerSecond;
    this.reserve = Math.min(Math.max(1, this.minPerSecond), this.reserve + added);
    this.filledMs = nowMs;
  }
}
