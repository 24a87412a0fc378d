// SPDX-License-Identifier: Apache-2.0
import type { BodySink, Fault, HeaderList, RequestBody } from '@weir/base';

/** A body that a second taker may watch. */
interface WatchableBody extends RequestBody {
  tee(copy: BodySink): void;
}

/**
 * A request body whose beginning was looked at before it is sent: what was read goes first, the rest follows as its taker takes it. No
 * more is read than was asked for, and what was on its way by then.
 */
export class PeekedBody implements RequestBody {
  readonly contentLength: number | undefined;
  isStarted = false;
  private readonly source: RequestBody;
  private readonly kept: Buffer[] = [];
  private byteCount = 0;
  private ending: { readonly trailers: HeaderList | undefined } | { readonly fault: Fault } | undefined;
  private sink: BodySink | undefined;

  private constructor(source: RequestBody) {
    this.source = source;
    this.contentLength = source.contentLength;
  }

  /** Reads until the body ends or has more than `maxBytes`; rejects with the Fault by which it breaks off. */
  static peek(source: RequestBody, maxBytes: number): Promise<PeekedBody> {
    const body = new PeekedBody(source);
    return new Promise((resolve, reject) => {
      source.pipe({
        onData: chunk => {
          body.kept.push(chunk);
          body.byteCount += chunk.length;
          if (body.byteCount <= maxBytes) return true;
          resolve(body);
          return false;
        },
        onEnd: trailers => {
          body.ending = { trailers };
          resolve(body);
        },
        onFault: fault => {
          body.ending = { fault };
          reject(fault);
        },
      });
    });
  }

  /** How much of it was read. */
  get peekedLength(): number {
    return this.byteCount;
  }

  /** What was read, up to `maxBytes`. */
  peeked(maxBytes: number): Buffer {
    return Buffer.concat(this.kept).subarray(0, maxBytes);
  }

  pipe(sink: BodySink): void {
    this.sink = sink;
    this.resume();
  }

  resume(): void {
    const { sink } = this;
    if (sink === undefined) {
      this.source.resume();
      return;
    }
    while (this.kept.length > 0) {
      const chunk = this.kept.shift()!;
      this.isStarted = true;
      if (!sink.onData(chunk)) return;
    }
    this.sink = undefined;
    this.letSourceFlow(sink);
  }

  discard(): void {
    this.kept.length = 0;
    this.sink = undefined;
    this.source.discard();
  }

  /** Gives `copy` all that was read, and what comes from now on; its wish to pause is not heeded. */
  tee(copy: BodySink): void {
    for (const chunk of this.kept) copy.onData(chunk);
    if (this.ending === undefined) {
      if (isWatchable(this.source)) this.source.tee(copy);
    } else if ('fault' in this.ending) copy.onFault(this.ending.fault);
    else copy.onEnd(this.ending.trailers);
  }

  private letSourceFlow(sink: BodySink): void {
    if (this.ending === undefined) this.source.pipe(sink);
    else if ('fault' in this.ending) sink.onFault(this.ending.fault);
    else sink.onEnd(this.ending.trailers);
  }
}

function isWatchable(body: RequestBody): body is WatchableBody {
  return 'tee' in body;
}
