// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { Clock, Exchange } from '@weir/base';

/** How long a request may take in all, as its caller, route and policies say; 0 = no limit. */
export type RequestTimeout = (exchange: Exchange) => number;

/** How long a request may still wait before it is sent on; Infinity = as long as it takes. */
export function patienceMs(exchange: Exchange, requestTimeoutMs: RequestTimeout): number {
  const timeoutMs = requestTimeoutMs(exchange);
  return timeoutMs === 0 ? Infinity : timeoutMs - exchange.waitedMs;
}

/** Timers fire up to a millisecond early: with less than that left, the time is up. */
const TIMER_SLACK_MS = 1;

/** What a wait is measured with. */
export interface Waiting {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly requestTimeoutMs: RequestTimeout;
}

/** Waits, and counts that as the request's time; a Fault where that is up then. */
export async function waitFor(exchange: Exchange, turn: Promise<void> | undefined, waiting: Waiting): Promise<void> {
  const { clock, requestTimeoutMs } = waiting;
  const sinceMs = clock.nowMs();
  await turn;
  exchange.waitedMs += clock.nowMs() - sinceMs;
  if (patienceMs(exchange, requestTimeoutMs) > TIMER_SLACK_MS) return;
  throw new Fault('request_deadline', 'the time of the request was up while it waited');
}
