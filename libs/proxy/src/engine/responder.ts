// SPDX-License-Identifier: Apache-2.0
import type { Exchange, Fault, HeaderList, ResponseHead } from '@weir/base';

/** The codec's side of one answer; the engine calls it in order: information*, head, data*, end — or `abort` at any point. */
export interface Responder {
  sendInformation(head: ResponseHead): void;
  sendHead(head: ResponseHead): void;
  /** False asks for a pause until the codec calls `resume` of the running exchange. */
  sendData(chunk: Buffer): boolean;
  sendEnd(trailers: HeaderList | undefined): void;
  /** The answer cannot be completed: the client must see that it broke off. */
  abort(): void;
}

/** An exchange at work, as the codec sees it. */
export interface RunningExchange {
  readonly exchange: Exchange;
  readonly isEnded: boolean;
  /** The client takes bytes again. */
  resume(): void;
  /** What of the request's trailers may go on. */
  admitTrailers(trailers: HeaderList | undefined): HeaderList | undefined;
  /** The request cannot be read to its end: answers with the fault, or breaks off an answer that has begun. Idempotent. */
  fail(fault: Fault): void;
  /** The client is gone. Idempotent. */
  cancel(): void;
}
