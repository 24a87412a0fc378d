// SPDX-License-Identifier: Apache-2.0
import { TIMEOUT_FIELD } from '@weir/base';
import type { Exchange } from '@weir/base';
import { grpcTimeoutMs } from './grpc.ts';

/** Ten digits are months; nobody of the mesh writes more. */
const WHOLE_MS = /^[0-9]{1,10}$/;
/** Longer deadlines than a timer can have are none. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * How long the caller waits for an answer, at least 1 ms; undefined = it does not say. In the mesh workloads and gateways say it of all
 * their calls; of others what stands there was removed before. A gRPC call has its own field, which everybody may set.
 */
export function askedTimeoutMs(exchange: Exchange): number | undefined {
  const ofCallMs = grpcTimeoutMs(exchange);
  if (ofCallMs !== undefined || exchange.meshSide === undefined) return ofCallMs;
  const text = exchange.request.headers.get(TIMEOUT_FIELD);
  if (text === undefined || !WHOLE_MS.test(text)) return undefined;
  // Who wrote it has rounded down, and is to be the first who gives up: then it knows why.
  const timeoutMs = Number(text) + 1;
  return timeoutMs > LONGEST_TIMER_MS ? undefined : timeoutMs;
}
