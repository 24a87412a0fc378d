// SPDX-License-Identifier: Apache-2.0
import { isGrpc, TIMEOUT_FIELD } from '@weir/base';
import type { Clock, Exchange, Layer } from '@weir/base';

export interface DeadlineOptions {
  /** One attempt; 0 = no limit. */
  readonly attemptTimeoutMs: number;
  /** The attempt's limit is none of gRPC calls, which may stream. */
  readonly sparesStreams: boolean;
  readonly clock: Clock;
}

/**
 * Tells the backend with each attempt how long an answer is waited for: in `grpc-timeout` of gRPC, where it replaces what the caller
 * wrote, in a field of ours of all else. Innermost; of a request without a deadline nothing is said. A WebSocket has none: what a route
 * limits is its handshake.
 */
export function createDeadlineLayer(options: DeadlineOptions): Layer {
  return next => (exchange, handler) => {
    if (exchange.deadlineMs !== Infinity || options.attemptTimeoutMs > 0) announce(exchange, options);
    return next(exchange, handler);
  };
}

function announce(exchange: Exchange, { attemptTimeoutMs, sparesStreams, clock }: DeadlineOptions): void {
  if (exchange.upgrade !== undefined) return;
  const isCall = isGrpc(exchange);
  const attemptMs = attemptTimeoutMs === 0 || (isCall && sparesStreams) ? Infinity : attemptTimeoutMs;
  const leftMs = Math.min(attemptMs, exchange.deadlineMs - clock.nowMs());
  if (leftMs === Infinity) return;
  const { headers } = exchange.request;
  if (isCall) headers.set('grpc-timeout', grpcTimeoutText(leftMs));
  else headers.set(TIMEOUT_FIELD, String(wholeMs(leftMs)));
}

/** Never longer than what is left, and never 0, which some take for no limit. */
function wholeMs(leftMs: number): number {
  return Math.max(1, Math.floor(leftMs));
}

/** At most eight digits and a unit (gRPC over HTTP/2, Requests). */
const MAX_GRPC_DIGITS_VALUE = 99_999_999;

function grpcTimeoutText(leftMs: number): string {
  const ms = wholeMs(leftMs);
  if (ms <= MAX_GRPC_DIGITS_VALUE) return `${ms}m`;
  return `${Math.min(MAX_GRPC_DIGITS_VALUE, Math.floor(ms / 1000))}S`;
}
