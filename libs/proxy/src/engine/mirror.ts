// SPDX-License-Identifier: Apache-2.0
import { Exchange, Fault } from '@weir/base';
import type { BodySink, Dispatch, HeaderList, RequestBody, ResponseHandler } from '@weir/base';
import { isTeeable } from './teeable-body.ts';

/** Takes an answer and drops it. */
const DROP: ResponseHandler = {
  onInformation: () => undefined,
  onHead: () => undefined,
  onData: () => true,
  onEnd: () => undefined,
  onFault: () => undefined,
};

/**
 * Sends a copy of a request elsewhere and drops the answer. The original neither waits for it nor hears of its failure: a
 * mirror that is too slow for the body loses its copy.
 */
export function sendMirror(original: Exchange, dispatch: Dispatch, maxBufferedBytes: number): void {
  const { request, body } = original;
  const copyBody = new MirrorBody(body.contentLength, maxBufferedBytes);
  if (isTeeable(body)) body.tee(copyBody);
  else if (body.contentLength === 0) copyBody.onEnd(undefined);
  const copy = new Exchange({
    request: { ...request, headers: request.headers.clone() },
    body: copyBody,
    downstream: original.downstream,
    startedMs: original.startedMs,
    protocol: original.protocol,
  });
  // Who the copy's backend sees depends on it.
  copy.served.listener = original.served.listener;
  dispatch(copy, DROP);
}

/** The body of a mirrored request: what the original's taker saw, a bounded way behind. */
class MirrorBody implements RequestBody, BodySink {
  readonly contentLength: number | undefined;
  isStarted = false;
  private readonly maxBufferedBytes: number;
  private sink: BodySink | undefined;
  private isTaking = true;
  private buffered: Buffer[] = [];
  private bufferedBytes = 0;
  private ending: (() => void) | undefined;

  constructor(contentLength: number | undefined, maxBufferedBytes: number) {
    this.contentLength = contentLength;
    this.maxBufferedBytes = maxBufferedBytes;
  }

  pipe(sink: BodySink): void {
    this.sink = sink;
    this.isTaking = true;
    this.deliver();
  }

  resume(): void {
    this.isTaking = true;
    this.deliver();
  }

  discard(): void {
    this.buffered = [];
    this.bufferedBytes = 0;
  }

  onData(chunk: Buffer): boolean {
    if (this.ending !== undefined) return true;
    this.buffered.push(chunk);
    this.bufferedBytes += chunk.length;
    this.deliver();
    if (this.bufferedBytes > this.maxBufferedBytes) this.onFault(new Fault('overloaded', 'the mirror is too slow'));
    return true;
  }

  onEnd(trailers: HeaderList | undefined): void {
    this.ending ??= () => this.sink?.onEnd(trailers);
    this.deliver();
  }

  onFault(fault: Fault): void {
    this.discard();
    this.ending ??= () => this.sink?.onFault(fault);
    this.deliver();
  }

  private deliver(): void {
    const { sink } = this;
    if (sink === undefined) return;
    while (this.isTaking && this.buffered.length > 0) {
      const chunk = this.buffered.shift();
      if (chunk === undefined) return;
      this.isStarted = true;
      this.bufferedBytes -= chunk.length;
      this.isTaking = sink.onData(chunk);
    }
    if (this.buffered.length > 0 || this.ending === undefined) return;
    const { ending } = this;
    this.ending = () => undefined;
    ending();
  }
}
