// SPDX-License-Identifier: Apache-2.0
import type { BodySink, Fault, HeaderList, RequestBody } from '@weir/base';

/** A request body that tells of each piece that goes through it. */
export class WatchedBody implements RequestBody, BodySink {
  private readonly source: RequestBody;
  private readonly onActivity: () => void;
  private sink: BodySink | undefined = undefined;
  private isTaking = false;
  private hasEnded = false;

  constructor(source: RequestBody, onActivity: () => void) {
    this.source = source;
    this.onActivity = onActivity;
  }

  get contentLength(): number | undefined {
    return this.source.contentLength;
  }

  get isStarted(): boolean {
    return this.source.isStarted;
  }

  /** Whether the client has the next word: whoever takes the body wants more of it. */
  get isAwaited(): boolean {
    return this.isTaking && !this.hasEnded;
  }

  pipe(sink: BodySink): void {
    this.sink = sink;
    this.isTaking = true;
    this.source.pipe(this);
  }

  resume(): void {
    this.isTaking = true;
    this.source.resume();
  }

  discard(): void {
    this.source.discard();
  }

  onData(chunk: Buffer): boolean {
    this.onActivity();
    this.isTaking = this.sink?.onData(chunk) ?? true;
    return this.isTaking;
  }

  onEnd(trailers: HeaderList | undefined): void {
    this.hasEnded = true;
    this.onActivity();
    this.sink?.onEnd(trailers);
  }

  onFault(fault: Fault): void {
    this.hasEnded = true;
    this.sink?.onFault(fault);
  }
}
