// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';
import { RollingCounts } from './rolling-counts.ts';
import type { RollingWindow } from './rolling-counts.ts';

/** Named as opossum's. */
export interface CircuitBreakerOptions extends RollingWindow {
  /** Opens when more of the calls in the window than this have failed; 0 to 100. */
  readonly errorThresholdPercentage: number;
  /** With fewer calls in the window it does not open. */
  readonly volumeThreshold: number;
  /** How long it stays open before one call may probe. */
  readonly resetTimeoutMs: number;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export type BreakerState = 'closed' | 'halfOpen' | 'open';

/** What `fire` answers to a call that must not be made. */
export const REFUSED = -1;

/**
 * A circuit breaker that decides as opossum does, synchronously and without timers: the clock is looked at when somebody asks.
 * Closed, every call may be made; open, none; half open, one at a time, whose end closes or opens it. Refused calls count as calls,
 * as in opossum. Unlike there, calls that began before the last change of state decide nothing any more, and a probe that is broken
 * off gives its turn back: nobody would ever end it.
 */
export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  readonly #counts: RollingCounts;
  #state: BreakerState = 'closed';
  #openedMs = 0;
  #isProbing = false;
  /** Changes of state so far. */
  #era = 0;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
    this.#counts = new RollingCounts(options, options.clock.nowMs());
  }

  get state(): BreakerState {
    this.#advance();
    return this.#state;
  }

  /** Whether a call may be made now: REFUSED, or a ticket that exactly one of `succeed`, `fail` and `abandon` takes back. */
  fire(): number {
    this.#advance();
    this.#counts.countFire();
    if (this.#state === 'closed') return this.#era;
    if (this.#state === 'open' || this.#isProbing) return REFUSED;
    this.#isProbing = true;
    return this.#era;
  }

  succeed(ticket: number): void {
    this.#advance();
    if (ticket === this.#era && this.#state === 'halfOpen') this.#enter('closed');
  }

  fail(ticket: number): void {
    this.#advance();
    this.#counts.countFailure();
    if (ticket !== this.#era) return;
    if (this.#state === 'halfOpen' || this.#isTooMuch()) this.#open();
  }

  /** The call was broken off before it said anything of its backend. */
  abandon(ticket: number): void {
    this.#advance();
    if (ticket === this.#era) this.#isProbing = false;
  }

  #isTooMuch(): boolean {
    const { fires, failures } = this.#counts;
    const { volumeThreshold, errorThresholdPercentage } = this.#options;
    return fires >= volumeThreshold && (failures / fires) * 100 > errorThresholdPercentage;
  }

  #open(): void {
    this.#openedMs = this.#options.clock.nowMs();
    this.#enter('open');
  }

  #enter(state: BreakerState): void {
    this.#state = state;
    this.#isProbing = false;
    this.#era++;
  }

  #advance(): void {
    const nowMs = this.#options.clock.nowMs();
    this.#counts.advance(nowMs);
    if (this.#state === 'open' && nowMs - this.#openedMs >= this.#options.resetTimeoutMs) this.#enter('halfOpen');
  }
}
