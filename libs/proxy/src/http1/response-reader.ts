// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { HeaderList } from '@weir/base';
import type { Limits } from '../engine/settings.ts';
import { UNTIL_CLOSE } from './framing.ts';
import { INTERIM, MessageReader } from './message-reader.ts';
import { parseResponseHead } from './response-head.ts';
import type { ParsedResponse } from './response-head.ts';

/** Takes responses, one after another. */
export interface ResponseEvents {
  /** Method of the request that the next response answers: it decides whether there is a body. */
  requestMethod(): string;
  /** Whether a 101 (Switching Protocols) is what was asked for; everything after it is the body then. */
  isSwitchWanted(response: ParsedResponse): boolean;
  /** A 1xx other than 101; the response itself is still to come. */
  onInterim(response: ParsedResponse): void;
  onResponse(response: ParsedResponse): void;
  /** Nobody writes into the chunk afterwards. */
  onData(chunk: Buffer): void;
  onEnd(trailers: HeaderList | undefined): void;
}

/** Endless interim responses would keep a request alive for ever. */
const MAX_INTERIM_RESPONSES = 16;

/** Reads the responses of one upstream connection. A Fault thrown by `push` means that the connection is beyond use. */
export function createResponseReader(events: ResponseEvents, limits: Limits): MessageReader {
  let interimCount = 0;
  return new MessageReader(
    {
      onMessageHead: lines => {
        const response = parseResponseHead(lines, events.requestMethod(), limits);
        const { status } = response.head;
        if (status >= 200) {
          interimCount = 0;
          events.onResponse(response);
          return response.bodyLength;
        }
        if (status === 101) {
          if (!events.isSwitchWanted(response)) throw new Fault('upstream_protocol_error', 'a 101 that nobody asked for');
          events.onResponse(response);
          return UNTIL_CLOSE;
        }
        if (++interimCount > MAX_INTERIM_RESPONSES) throw new Fault('upstream_protocol_error', 'too many 1xx responses');
        events.onInterim(response);
        return INTERIM;
      },
      onPartialHead: () => undefined,
      onBodyData: chunk => events.onData(chunk),
      onMessageEnd: trailers => events.onEnd(trailers),
    },
    {
      limits,
      malformed: 'upstream_protocol_error',
      headTooLarge: 'upstream_protocol_error',
      skipsLeadingEmptyLine: false,
    },
  );
}
