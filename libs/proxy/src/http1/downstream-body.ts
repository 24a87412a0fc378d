// SPDX-License-Identifier: Apache-2.0
import type { BodySink, Fault, HeaderList } from '@weir/base';
import type { TeeableBody } from '../engine/teeable-body.ts';

/** What a body asks of the connection that it comes from. */
export interface BodyConnection {
  pauseReading(): void;
  resumeReading(): void;
  /** The body is wanted now: a client that waits for 100 (Continue) is told to send it. */
  onBodyWanted(): void;
  /** An unwanted body is longer than is worth reading. */
  onDiscardLimit(): void;
}

/** The body of a request without one. */
export const EMPTY_BODY: TeeableBody = Object.freeze({
  contentLength: 0,
  isStarted: false,
  pipe: (sink: BodySink) => sink.onEnd(undefined),
  tee: (copy: BodySink) => copy.onEnd(undefined),
  resume: () => undefined,
  discard: () => undefined,
});

/** A request body on its way in over HTTP/1.1. What comes before anyone wants it is kept, and reading stops. */
export class DownstreamBody implements TeeableBody {
  readonly contentLength: number | undefined;
  isStarted = false;
  private readonly connection: BodyConnection;
  private sink: BodySink | undefined;
  private copies: BodySink[] | undefined;
  private kept: Buffer[] = [];
  private isEnded = false;
  private trailers: HeaderList | undefined;
  private fault: Fault | undefined;

  constructor(connection: BodyConnection, contentLength: number | undefined) {
    this.connection = connection;
    this.contentLength = contentLength;
  }

  pipe(sink: BodySink): void {
    const isFirst = this.sink === undefined;
    this.sink = sink;
    if (isFirst && !this.isEnded) this.connection.onBodyWanted();
    let isTaking = true;
    for (const chunk of this.kept.splice(0)) isTaking = this.give(sink, chunk);
    if (this.fault !== undefined) sink.onFault(this.fault);
    else if (this.isEnded) sink.onEnd(this.trailers);
    else if (isTaking) this.connection.resumeReading();
  }

  tee(copy: BodySink): void {
    for (const chunk of this.kept) copy.onData(chunk);
    if (this.isEnded) copy.onEnd(this.trailers);
    else (this.copies ??= []).push(copy);
  }

  resume(): void {
    if (!this.isEnded) this.connection.resumeReading();
  }

  discard(maxBytes = Number.POSITIVE_INFINITY): void {
    if (this.isEnded) return;
    let seenBytes = 0;
    this.sink = {
      onData: chunk => {
        seenBytes += chunk.length;
        if (seenBytes > maxBytes) this.connection.onDiscardLimit();
        return true;
      },
      onEnd: () => undefined,
      onFault: () => undefined,
    };
    this.kept = [];
    this.connection.resumeReading();
  }

  /** From the codec: bytes of the body. */
  onData(chunk: Buffer): void {
    this.copies?.forEach(copy => copy.onData(chunk));
    if (this.sink === undefined) {
      this.kept.push(chunk);
      this.connection.pauseReading();
      return;
    }
    if (!this.give(this.sink, chunk)) this.connection.pauseReading();
  }

  /** From the codec: the body is complete; `trailers` are those that may go on. */
  onEnd(trailers: HeaderList | undefined): void {
    this.isEnded = true;
    this.trailers = trailers;
    this.copies?.forEach(copy => copy.onEnd(trailers));
    this.sink?.onEnd(trailers);
  }

  /** From the codec: the body broke off. */
  onFault(fault: Fault): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.fault = fault;
    this.copies?.forEach(copy => copy.onFault(fault));
    this.sink?.onFault(fault);
  }

  private give(sink: BodySink, chunk: Buffer): boolean {
    this.isStarted = true;
    return sink.onData(chunk);
  }
}
