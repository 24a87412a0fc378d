// SPDX-License-Identifier: Apache-2.0
import type { Exchange } from './exchange.ts';

/** `application/grpc`, with or without a message format; gRPC-Web is another protocol. */
const GRPC_CONTENT_TYPE = /^application\/grpc(?:$|[+;])/i;

/** Whether the caller speaks gRPC, and so wants to hear of faults in its words. */
export function isGrpc({ request }: Exchange): boolean {
  const contentType = request.headers.get('content-type');
  return contentType !== undefined && GRPC_CONTENT_TYPE.test(contentType);
}
