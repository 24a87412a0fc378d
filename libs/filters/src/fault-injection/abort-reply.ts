// SPDX-License-Identifier: Apache-2.0
import { FAULTS, HeaderList, isGrpc } from '@weir/base';
import type { Exchange, Verdict } from '@weir/base';
import type { FaultEffect } from '@weir/policy/snapshot';

/** What gRPC calls make of a status of HTTP (grpc/grpc doc/http-grpc-status-mapping.md); UNKNOWN where nothing else is said. */
const GRPC_STATUSES: ReadonlyMap<number, number> = new Map([
  [400, 13],
  [401, 16],
  [403, 7],
  [404, 12],
  [429, 14],
  [502, 14],
  [503, 14],
  [504, 14],
]);
const UNKNOWN = 2;
/** Of the statuses that Weir has faults for; others are told by their number. */
const TITLES: ReadonlyMap<number, string> = new Map(Object.values(FAULTS).map(({ status, title }) => [status, title]));
const MESSAGE = 'Injected Fault (fault_injected)';

/** The answer to a request that is ended on purpose: in the form of any fault, so that callers cannot rely on telling it from one. */
export function abortReply(effect: Exclude<FaultEffect, { kind: 'delay' }>, exchange: Exchange): Verdict {
  if (effect.kind === 'grpcAbort') return grpcReply(effect.grpcStatus);
  const { status } = effect;
  if (isGrpc(exchange)) return grpcReply(GRPC_STATUSES.get(status) ?? UNKNOWN);
  const title = TITLES.get(status) ?? 'Injected Fault';
  const body = JSON.stringify({ title, status, code: 'fault_injected', requestId: exchange.requestId });
  const headers = HeaderList.of(['content-type', 'application/problem+json']);
  return { kind: 'reply', response: { status, headers, contentLength: undefined }, body };
}

/** A response without messages (Trailers-Only). */
function grpcReply(grpcStatus: number): Verdict {
  const headers = HeaderList.of(
    ['content-type', 'application/grpc'],
    ['grpc-status', String(grpcStatus)],
    ['grpc-message', MESSAGE],
  );
  return { kind: 'reply', response: { status: 200, headers, contentLength: 0 }, body: '' };
}
