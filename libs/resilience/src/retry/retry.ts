// SPDX-License-Identifier: Apache-2.0
import type { Clock, Layer, Random } from '@weir/base';
import type { RetrySpec } from '../call-settings.ts';
import { createBackoff } from './backoff.ts';
import { retriedFaults, TRANSIENT, UNPROCESSED } from './retried-faults.ts';
import type { RetryBudget } from './retry-budget.ts';
import { RetryCall } from './retry-call.ts';
import type { RetryPlan } from './retry-call.ts';

export interface RetryOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Of the backend that is called. */
  readonly budget: RetryBudget;
}

/**
 * Sends a request again after a listed status or a retryable fault (GEP-1731): at most `spec.attempts` more times, only while
 * the body has not been touched or is kept whole, and never once a response has been passed on. The last attempt's answer goes
 * through with a mark that keeps proxies in front from doing the same again, and what brings such a mark is not tried again. What the
 * server says of when to come back is waited for, up to 10 s. A retry that could only begin after `exchange.deadlineMs` is not waited
 * for. Puts a body that it keeps into `exchange.body`; attempts are counted by whoever makes them.
 */
export function createRetryLayer(spec: RetrySpec, { clock, random, budget }: RetryOptions): Layer {
  const plan: RetryPlan = {
    isAskedFor: true,
    attempts: spec.attempts,
    faults: retriedFaults(spec.kinds),
    unprocessed: UNPROCESSED,
    statusCodes: new Set(spec.statusCodes),
    grpcStatusCodes: new Set(spec.grpcStatusCodes.map(String)),
    delayMs: createBackoff(spec.backoffMs, random),
    retriesAllMethods: spec.retriesAllMethods,
    budget,
    clock,
  };
  return next => (exchange, handler) => new RetryCall({ plan, next, exchange, handler }).start();
}

const NO_CODES: ReadonlySet<never> = new Set<never>();

/**
 * Where nobody asks for retries: sends a request once more, at once, that was provably not processed: no connection to its endpoint
 * came about, or HTTP/2 says that it was refused.
 */
export function createUnprocessedRetryLayer({ clock, budget }: Pick<RetryOptions, 'budget' | 'clock'>): Layer {
  const plan: RetryPlan = {
    isAskedFor: false,
    attempts: 1,
    faults: NO_CODES,
    unprocessed: TRANSIENT,
    statusCodes: NO_CODES,
    grpcStatusCodes: NO_CODES,
    delayMs: () => 0,
    retriesAllMethods: false,
    budget,
    clock,
  };
  return next => (exchange, handler) => new RetryCall({ plan, next, exchange, handler }).start();
}
