// SPDX-License-Identifier: Apache-2.0
import { HeaderList, isGrpc } from '@weir/base';
import type { Exchange, Fault, ResponseHead } from '@weir/base';

/** At most eight digits and a unit (gRPC over HTTP/2, Requests). */
const TIMEOUT = /^([0-9]{1,8})([HMSmun])$/;
const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['H', 3_600_000],
  ['M', 60_000],
  ['S', 1_000],
  ['m', 1],
  ['u', 0.001],
  ['n', 0.000_001],
]);
/** Codes have two digits; what a service makes up is logged as long as it is short. */
const STATUS = /^[0-9]{1,3}$/;
/** Longer deadlines than a timer can have are none. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Notes the status of a gRPC call where it stands: in the trailers, or in the head of an answer without messages (gRPC over HTTP/2,
 * Responses). Protocol and method come first, so that other requests pay for no look at their fields.
 */
export function noteGrpcStatus(exchange: Exchange, fields: HeaderList): void {
  if (exchange.protocol !== 'HTTP/2' || exchange.request.method !== 'POST' || !isGrpc(exchange)) return;
  const status = fields.get('grpc-status');
  if (status !== undefined && STATUS.test(status)) exchange.grpcStatus = Number(status);
}

/** How long a gRPC caller waits, at least 1 ms; undefined = it sets no deadline. */
export function grpcTimeoutMs(exchange: Exchange): number | undefined {
  const text = exchange.request.headers.get('grpc-timeout');
  if (text === undefined || !isGrpc(exchange)) return undefined;
  const match = TIMEOUT.exec(text);
  if (match === null) return undefined;
  const timeoutMs = Number(match[1]) * (UNIT_MS.get(match[2] ?? '') ?? 0);
  return timeoutMs > LONGEST_TIMER_MS ? undefined : Math.max(1, Math.ceil(timeoutMs));
}

/** A fault as a gRPC response without messages (Trailers-Only): the transport is fine, the call is not. With when to come back, and how. */
export function grpcFaultHead(fault: Fault): ResponseHead {
  const headers = HeaderList.of(['content-type', 'application/grpc']);
  for (const fields of [grpcTrailers(fault), fault.headers]) {
    for (const [name, value] of fields?.entries() ?? []) headers.append(name, value);
  }
  return { status: 200, headers, contentLength: 0 };
}

/** The end of a call that failed after its response had begun. Nothing of the inside is told, as with other callers. */
export function grpcTrailers(fault: Fault): HeaderList {
  const { grpcStatus, title } = fault.spec;
  return HeaderList.of(['grpc-status', String(grpcStatus)], ['grpc-message', `${title} (${fault.code})`]);
}
