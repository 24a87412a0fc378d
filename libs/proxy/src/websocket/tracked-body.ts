// SPDX-License-Identifier: Apache-2.0
import type { BodySink, Fault, HeaderList, RequestBody } from '@weir/base';
import { FrameTracker } from './frame-tracker.ts';

/** A client's close frame with code 1001, going away (RFC 6455 §7.4.1); its mask is zeros. */
const CLOSE_FROM_CLIENT = Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe9]);

/** The client's frames on their way to the upstream. */
export class TrackedBody implements RequestBody, BodySink {
  /** A last frame was sent. */
  hasEnded = false;
  private readonly body: RequestBody;
  private readonly fromClient = new FrameTracker();
  private sink: BodySink | undefined;

  constructor(body: RequestBody) {
    this.body = body;
  }

  get contentLength(): number | undefined {
    return this.body.contentLength;
  }

  get isStarted(): boolean {
    return this.body.isStarted;
  }

  pipe(sink: BodySink): void {
    this.sink = sink;
    this.body.pipe(this);
  }

  resume(): void {
    this.body.resume();
  }

  discard(): void {
    this.body.discard();
  }

  goAway(): void {
    if (this.hasEnded || this.sink === undefined || !this.fromClient.isBetweenFrames) return;
    this.hasEnded = true;
    this.sink.onData(CLOSE_FROM_CLIENT);
    this.sink.onEnd(undefined);
  }

  onData(chunk: Buffer): boolean {
    if (this.hasEnded) return true;
    this.fromClient.push(chunk);
    return this.sink?.onData(chunk) ?? true;
  }

  onEnd(trailers: HeaderList | undefined): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.sink?.onEnd(trailers);
  }

  onFault(fault: Fault): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.sink?.onFault(fault);
  }
}
