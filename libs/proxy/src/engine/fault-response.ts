// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import type { Exchange, Fault, ResponseHead } from '@weir/base';

/** What a caller is told of a fault (RFC 9457): status, title, code and the request's id, and nothing of the inside. */
export function faultResponse(fault: Fault, exchange: Exchange): { head: ResponseHead; body: Buffer } {
  const { status, title } = fault.spec;
  const body = Buffer.from(JSON.stringify({ title, status, code: fault.code, requestId: exchange.requestId }), 'utf8');
  const headers = HeaderList.of(['content-type', 'application/problem+json']);
  if (status === 503) headers.append('retry-after', '1');
  for (const [name, value] of fault.headers?.entries() ?? []) headers.append(name, value);
  return { head: { status, headers, contentLength: body.length }, body };
}
