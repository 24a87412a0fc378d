// SPDX-License-Identifier: Apache-2.0
import type { BodySink, RequestBody } from '@weir/base';

/** A request body that is there as a whole. */
export class FixedBody implements RequestBody {
  readonly contentLength: number;
  isStarted = false;
  private readonly bytes: Buffer;
  private sink: BodySink | undefined;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.contentLength = bytes.length;
  }

  pipe(sink: BodySink): void {
    this.sink = sink;
    if (this.contentLength === 0) {
      this.resume();
      return;
    }
    this.isStarted = true;
    if (sink.onData(this.bytes)) this.resume();
  }

  resume(): void {
    const { sink } = this;
    this.sink = undefined;
    sink?.onEnd(undefined);
  }

  discard(): void {
    this.sink = undefined;
  }
}
