// SPDX-License-Identifier: Apache-2.0
import { HeaderList, isCodecField, isGrpc } from '@weir/base';
import type { Exchange, Verdict } from '@weir/base';
import type { Denial } from './decision.ts';

/** What callers of gRPC see of a status of HTTP (grpc/grpc doc/http-grpc-status-mapping.md); of all others UNKNOWN. */
const GRPC_STATUSES: ReadonlyMap<number, number> = new Map([
  [400, 13],
  [401, 16],
  [403, 7],
  [404, 12],
  [429, 14],
]);
const UNKNOWN = 2;

/** A service's refusal as the caller gets it: to callers of gRPC as a status, with the fields that are not about the body. */
export function denialReply(exchange: Exchange, denial: Denial): Verdict {
  const { status, body } = denial;
  const headers = HeaderList.of(...[...denial.headers.entries()].filter(([name]) => !isCodecField(name)));
  if (!isGrpc(exchange)) return { kind: 'reply', response: { status, headers, contentLength: body.length }, body };
  for (const name of ['content-encoding', 'content-language', 'location']) headers.remove(name);
  headers.set('content-type', 'application/grpc');
  headers.set('grpc-status', String(GRPC_STATUSES.get(status) ?? UNKNOWN));
  headers.set('grpc-message', 'Refused by an authorization service');
  return { kind: 'reply', response: { status: 200, headers, contentLength: 0 }, body: '' };
}
