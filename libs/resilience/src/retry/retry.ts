// SPDX-License-Identifier: Apache-2.0
import type { Clock, Layer, Random } from '@weir/base';
import type { RetrySpec } from '@weir/policy/snapshot';
import { createBackoff } from './backoff.ts';
import type { RetryBudget } from './retry-budget.ts';
import { RetryCall } from './retry-call.ts';
import type { RetryPlan } from './retry-call.ts';

export interface RetryOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The whole request's timeout; absent or 0 = none. A retry that could only begin after it is not waited for. */
  readonly requestTimeoutMs?: number;
  /** Of the backend that is called. */
  readonly budget: RetryBudget;
}

/**
 * Sends a request again after a listed status or a retryable fault (GEP-1731): at most `spec.attempts` more times, only while
 * the body has not been touched or is kept whole, and never once a response has been passed on. The last attempt's answer goes
 * through as it is. Puts a body that it keeps into `exchange.body`; attempts are counted by whoever makes them.
 */
export function createRetryLayer(spec: RetrySpec, { clock, random, requestTimeoutMs = 0, budget }: RetryOptions): Layer {
  const plan: RetryPlan = {
    attempts: spec.attempts,
    statusCodes: new Set(spec.statusCodes),
    grpcStatusCodes: new Set(spec.grpcStatusCodes.map(String)),
    delayMs: createBackoff(spec.backoffMs, random),
    requestTimeoutMs: requestTimeoutMs > 0 ? requestTimeoutMs : Infinity,
    retriesAllMethods: spec.retriesAllMethods,
    budget,
    clock,
  };
  return next => (exchange, handler) => new RetryCall({ plan, next, exchange, handler }).start();
}
