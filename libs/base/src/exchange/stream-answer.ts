// SPDX-License-Identifier: Apache-2.0
import type { Exchange } from './exchange.ts';
import { isGrpc } from './grpc-call.ts';
import type { ResponseHead } from './heads.ts';

const SWITCHING_PROTOCOLS = 101;
/** Server-sent events (WHATWG HTML §9.2). */
const EVENT_STREAM = /^text\/event-stream(?:$|[\s;])/i;

/**
 * Whether what follows a head lasts as long as its two sides like: a WebSocket, a gRPC call (of which nothing tells whether it streams),
 * server-sent events.
 */
export function isStreamAnswer(exchange: Exchange, { status, headers }: ResponseHead): boolean {
  return status === SWITCHING_PROTOCOLS || isGrpc(exchange) || EVENT_STREAM.test(headers.get('content-type') ?? '');
}
