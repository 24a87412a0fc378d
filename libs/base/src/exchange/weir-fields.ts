// SPDX-License-Identifier: Apache-2.0
import type { HeaderList } from './header-list.ts';

/**
 * Of requests that have a deadline: the whole milliseconds that are left for an answer, at least 1. What a client writes there is not
 * believed, and never passed on; of gRPC `grpc-timeout` says the same.
 */
export const TIMEOUT_FIELD = 'weir-timeout-ms';

/**
 * What a gateway says to the workload that it calls of the client behind it: written by gateways, believed of nobody else, and gone
 * after one hop.
 */
export const CONTEXT_FIELD = 'weir-context';

/** Of an answer that came after all retries that may be made: whoever is in front does not ask for another one. */
const RETRY_FIELD = 'weir-retry';

/** Marks an answer as one that was tried for often enough. */
export function markExhausted(headers: HeaderList): void {
  headers.set(RETRY_FIELD, 'exhausted');
}

/** Whether a proxy behind this one has done all the retries that it may. */
export function isMarkedExhausted(headers: HeaderList): boolean {
  return headers.get(RETRY_FIELD) === 'exhausted';
}
