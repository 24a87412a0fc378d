// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { HeaderList } from '@weir/base';
import type { Limits } from '../engine/settings.ts';
import { UNTIL_CLOSE } from './framing.ts';
import type { BodyLength } from './framing.ts';
import type { HeadLines } from './head-lines.ts';
import { INTERIM, MessageReader } from './message-reader.ts';
import type { MessageEvents } from './message-reader.ts';
import { ReaderOptionsFor } from './reader-options.ts';
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
  onResponseData(chunk: Buffer): void;
  onResponseEnd(trailers: HeaderList | undefined): void;
}

/** Endless interim responses would keep a request alive for ever. */
export const MAX_INTERIM_RESPONSES = 16;

/** Reads the responses of one upstream connection. A Fault thrown by `push` means that the connection is beyond use. */
export function createResponseReader(events: ResponseEvents, limits: Limits): MessageReader {
  return new MessageReader(new ResponseMessages(events, limits), OPTIONS.for(limits));
}

const OPTIONS = new ReaderOptionsFor({
  malformed: 'upstream_protocol_error',
  headTooLarge: 'upstream_protocol_error',
  skipsLeadingEmptyLine: false,
});

/** Messages as responses. One object and no closures: every idle connection keeps what it is made of. */
class ResponseMessages implements MessageEvents {
  private readonly events: ResponseEvents;
  private readonly limits: Limits;
  private interimCount = 0;

  constructor(events: ResponseEvents, limits: Limits) {
    this.events = events;
    this.limits = limits;
  }

  onMessageHead(lines: HeadLines): BodyLength {
    const response = parseResponseHead(lines, this.events.requestMethod(), this.limits);
    const { status } = response.head;
    if (status >= 200) {
      this.interimCount = 0;
      this.events.onResponse(response);
      return response.bodyLength;
    }
    return status === 101 ? this.switchProtocols(response) : this.passInterim(response);
  }

  onPartialHead(): void {
    // A server that has begun to answer is waited for.
  }

  onBodyData(chunk: Buffer): void {
    this.events.onResponseData(chunk);
  }

  onMessageEnd(trailers: HeaderList | undefined): void {
    this.events.onResponseEnd(trailers);
  }

  private switchProtocols(response: ParsedResponse): BodyLength {
    if (!this.events.isSwitchWanted(response)) throw new Fault('upstream_protocol_error', 'a 101 that nobody asked for');
    this.events.onResponse(response);
    return UNTIL_CLOSE;
  }

  private passInterim(response: ParsedResponse): BodyLength {
    if (++this.interimCount > MAX_INTERIM_RESPONSES) throw new Fault('upstream_protocol_error', 'too many 1xx responses');
    this.events.onInterim(response);
    return INTERIM;
  }
}
