// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList } from '@weir/base';
import type { Exchange, Layer, ResponseHandler, UpstreamCall } from '@weir/base';
import { faultedCall } from '../refusal/faulted-call.ts';
import { REFUSED } from './circuit-breaker.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import { WatchedCall } from './watched-call.ts';

export interface BreakerLayerOptions {
  readonly breaker: CircuitBreaker;
  /** Of the backend, for people. */
  readonly label: string;
  readonly onRefused: () => void;
}

/**
 * Makes calls only as a breaker lets it: else they end with Fault `circuit_open`, which is never tried again and says when to come
 * back. Stacked inside of retries and of an attempt's timeout, so that each attempt counts.
 */
export function createBreakerLayer({ breaker, label, onRefused }: BreakerLayerOptions): Layer {
  const refuse = (handler: ResponseHandler): UpstreamCall => {
    onRefused();
    const headers = HeaderList.of(['retry-after', String(Math.max(1, Math.ceil(breaker.remainingMs / 1000)))]);
    return faultedCall(handler, new Fault('circuit_open', `the circuit breaker of ${label} is open`, { headers }));
  };
  return next => (exchange: Exchange, handler: ResponseHandler) => {
    const ticket = breaker.fire();
    if (ticket === REFUSED) return refuse(handler);
    const call = new WatchedCall({ judge: breaker, ticket, exchange, handler });
    return call.follow(next(exchange, call));
  };
}
