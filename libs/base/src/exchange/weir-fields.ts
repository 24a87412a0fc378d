// SPDX-License-Identifier: Apache-2.0
import { FAULTS } from '../faults/fault.ts';
import type { FaultCode } from '../faults/fault.ts';
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

/**
 * Of requests that a split divides by who their client is: the client's key, eight digits of lower-case hex. It is decided upon at the
 * first hop and goes on from hop to hop, so that a client meets the same revision of every Service behind. Gateways take it of nobody.
 */
export const CLIENT_KEY_FIELD = 'weir-client-key';

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

/**
 * Of an answer that a sidecar gives in place of its application: the code of what went wrong between the two. To whoever calls it is as
 * if it had called the application itself, and it goes no further.
 */
const FAULT_FIELD = 'weir-fault';

/** Says to the proxy that calls why the application did not answer. */
export function tellFault(headers: HeaderList, code: FaultCode): void {
  headers.set(FAULT_FIELD, code);
}

/** What a sidecar has told of its application, and takes it out; undefined = nothing, or nothing that is known here. */
export function takeToldFault(headers: HeaderList): FaultCode | undefined {
  const told = headers.get(FAULT_FIELD);
  if (told === undefined) return undefined;
  headers.remove(FAULT_FIELD);
  return isFaultCode(told) ? told : undefined;
}

function isFaultCode(text: string): text is FaultCode {
  return Object.hasOwn(FAULTS, text);
}
