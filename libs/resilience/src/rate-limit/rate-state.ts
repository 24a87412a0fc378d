// SPDX-License-Identifier: Apache-2.0
import type { RateLimit, RateWindow } from './rate-limit.ts';

/** What one limit takes from a request. */
export interface RateCharge {
  readonly limit: RateLimit;
  /** Whom it is taken from, such as a consumer's name or an address. */
  readonly key: string;
  /** A whole number: 1 for most requests, 0 to look without taking. */
  readonly cost: number;
}

/** One counter that a request is counted in, and how it stands after the decision. */
export interface RateState {
  readonly window: RateWindow;
  readonly isAdmitted: boolean;
  /** Units of cost that could be used now. */
  readonly remaining: number;
  /** Until the whole quota is there again, if nothing more is used. */
  readonly resetMs: number;
  /** 0 when admitted. Infinity for what costs more than the window ever admits at once. */
  readonly retryAfterMs: number;
}

/** Whether a request may go on, and how each of its counters stands: per charge, per window. */
export interface RateDecision {
  readonly isAdmitted: boolean;
  /** When the same request could be admitted; 0 when it was. Infinity for one that never can. */
  readonly retryAfterMs: number;
  readonly states: readonly RateState[];
}

/** All counters have to admit a request; it has to wait for the last of them. */
export function decisionFrom(states: readonly RateState[]): RateDecision {
  let retryAfterMs = 0;
  let isAdmitted = true;
  for (const state of states) {
    isAdmitted &&= state.isAdmitted;
    retryAfterMs = Math.max(retryAfterMs, state.retryAfterMs);
  }
  return { isAdmitted, retryAfterMs, states };
}
