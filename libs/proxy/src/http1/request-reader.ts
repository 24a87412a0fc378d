// SPDX-License-Identifier: Apache-2.0
import type { HeaderList } from '@weir/base';
import type { Limits } from '../engine/settings.ts';
import type { BodyLength } from './framing.ts';
import type { HeadLines } from './head-lines.ts';
import { MessageReader } from './message-reader.ts';
import type { MessageEvents } from './message-reader.ts';
import { ReaderOptionsFor } from './reader-options.ts';
import { parseRequestHead, parseRequestLine } from './request-head.ts';
import type { ParsedRequest } from './request-head.ts';

/** Takes requests, one after another. */
export interface RequestEvents {
  onRequest(request: ParsedRequest): void;
  /** Nobody writes into the chunk afterwards. */
  onRequestData(chunk: Buffer): void;
  onRequestEnd(trailers: HeaderList | undefined): void;
}

/** Reads the requests of one connection: push bytes in; a Fault thrown by `push` means that the connection is beyond use. */
export function createRequestReader(events: RequestEvents, limits: Limits): MessageReader {
  return new MessageReader(new RequestMessages(events, limits), OPTIONS.for(limits));
}

const OPTIONS = new ReaderOptionsFor({
  malformed: 'bad_request',
  headTooLarge: 'headers_too_large',
  skipsLeadingEmptyLine: true,
});

/** Messages as requests. One object and no closures: every idle connection keeps what it is made of. */
class RequestMessages implements MessageEvents {
  private readonly events: RequestEvents;
  private readonly limits: Limits;

  constructor(events: RequestEvents, limits: Limits) {
    this.events = events;
    this.limits = limits;
  }

  onMessageHead(lines: HeadLines): BodyLength {
    const request = parseRequestHead(lines, this.limits);
    this.events.onRequest(request);
    return request.bodyLength;
  }

  onPartialHead(firstLine: string): void {
    parseRequestLine(firstLine, this.limits);
  }

  onBodyData(chunk: Buffer): void {
    this.events.onRequestData(chunk);
  }

  onMessageEnd(trailers: HeaderList | undefined): void {
    this.events.onRequestEnd(trailers);
  }
}
