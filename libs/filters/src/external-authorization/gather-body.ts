// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { Exchange } from '@weir/base';
import type { ForwardedBody } from '@weir/policy/snapshot';
import { PeekedBody } from './peeked-body.ts';

const NO_BODY = Buffer.alloc(0);

/**
 * The body of a request, as much as a service gets of it. The backend still gets all of it. Rejects with `content_too_large` where it
 * is longer than it may be, and with the fault by which it breaks off.
 */
export async function gatherBody(exchange: Exchange, { maxBytes, whenLonger }: ForwardedBody): Promise<Buffer> {
  const { body } = exchange;
  // What follows a handshake is no body.
  if (body.contentLength === 0 || exchange.upgrade !== undefined) return NO_BODY;
  const isRefused = whenLonger === 'refuse';
  if (isRefused && (body.contentLength ?? 0) > maxBytes) throw tooLong(maxBytes);
  const peeked = await PeekedBody.peek(body, maxBytes);
  exchange.body = peeked;
  if (isRefused && peeked.peekedLength > maxBytes) throw tooLong(maxBytes);
  return peeked.peeked(maxBytes);
}

function tooLong(maxBytes: number): Fault {
  return new Fault('content_too_large', `the body is longer than the ${maxBytes} bytes that the authorization service is sent`);
}
