// SPDX-License-Identifier: Apache-2.0
import { isGrpc } from '@weir/base';
import type { Exchange, Fault, FaultCode, HeaderList, ResponseHead } from '@weir/base';

/** Faults of calls that were not made. */
const WITHOUT_CALL: ReadonlySet<FaultCode> = new Set<FaultCode>(['backend_busy', 'circuit_open', 'no_endpoints']);

/** What an answer, or a part of one, says of the backend; undefined = nothing yet. */
export type Outcome = 'bad' | 'good' | undefined;

/** These are about what was asked, not about who was asked (RFC 9110 §15.6.2, §15.6.6). */
const OF_THE_REQUEST: ReadonlySet<number> = new Set([501, 505]);

const UNKNOWN = '2';
const DEADLINE_EXCEEDED = '4';
const INTERNAL = '13';
const UNAVAILABLE = '14';
const DATA_LOSS = '15';
/** What servers say when they fail, UNKNOWN included: it is what an exception that nobody caught becomes. */
const FAILURES: ReadonlySet<string> = new Set([UNKNOWN, DEADLINE_EXCEEDED, INTERNAL, UNAVAILABLE, DATA_LOSS]);

/**
 * Of a response's head. A gRPC call whose head has no status yet has said nothing: most of its failures come in trailers. A head that
 * is good closes a half-open breaker, so that answers which take hours do not keep it half open.
 */
export function outcomeOfHead(exchange: Exchange, { status, headers }: ResponseHead): Outcome {
  if (status >= 500) return OF_THE_REQUEST.has(status) ? 'good' : 'bad';
  return isGrpcCall(exchange) ? outcomeOfGrpc(exchange, headers) : 'good';
}

/** Of the end of an answer. */
export function outcomeOfEnd(exchange: Exchange, trailers: HeaderList | undefined): Outcome {
  const outcome = trailers !== undefined && isGrpcCall(exchange) ? outcomeOfGrpc(exchange, trailers) : undefined;
  return outcome ?? 'good';
}

/** Whether a fault says something of the backend: not what the client, or the gateway itself, has to answer for. */
export function isBackendFault({ spec, code }: Fault): boolean {
  return spec.blame === 'upstream' && !WITHOUT_CALL.has(code);
}

/** The method first: most requests need no look at their fields. */
function isGrpcCall(exchange: Exchange): boolean {
  return exchange.request.method === 'POST' && isGrpc(exchange);
}

function outcomeOfGrpc({ request }: Exchange, fields: HeaderList): Outcome {
  const status = fields.get('grpc-status');
  if (status === undefined) return undefined;
  // Who sets the deadline can set one that nobody meets: callers must not be able to open a breaker for others.
  if (status === DEADLINE_EXCEEDED && request.headers.has('grpc-timeout')) return 'good';
  return FAILURES.has(status) ? 'bad' : 'good';
}
