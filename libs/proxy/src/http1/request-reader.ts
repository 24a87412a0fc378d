// SPDX-License-Identifier: Apache-2.0
import type { HeaderList } from '@weir/base';
import type { Limits } from '../engine/settings.ts';
import { MessageReader } from './message-reader.ts';
import { parseRequestHead, parseRequestLine } from './request-head.ts';
import type { ParsedRequest } from './request-head.ts';

/** Takes requests, one after another. */
export interface RequestEvents {
  onRequest(request: ParsedRequest): void;
  /** Nobody writes into the chunk afterwards. */
  onData(chunk: Buffer): void;
  onEnd(trailers: HeaderList | undefined): void;
}

/** Reads the requests of one connection: push bytes in; a Fault thrown by `push` means that the connection is beyond use. */
export function createRequestReader(events: RequestEvents, limits: Limits): MessageReader {
  return new MessageReader(
    {
      onMessageHead: lines => {
        const request = parseRequestHead(lines, limits);
        events.onRequest(request);
        return request.bodyLength;
      },
      onPartialHead: line => void parseRequestLine(line, limits),
      onBodyData: chunk => events.onData(chunk),
      onMessageEnd: trailers => events.onEnd(trailers),
    },
    { limits, malformed: 'bad_request', headTooLarge: 'headers_too_large', skipsLeadingEmptyLine: true },
  );
}
