// SPDX-License-Identifier: Apache-2.0
import type { BodySink, Fault, HeaderList, RequestBody } from '@weir/base';

/** Bounds what many tiny chunks cost: each is an object many times its size. */
const MAX_CHUNKS = 1_024;

/**
 * A request body that can be sent again: passes the source on and keeps a copy of up to `maxBytes`. Above that the copy is
 * dropped and the body flows on as if this were not here.
 */
export class ReplayBody implements RequestBody {
  private readonly source: RequestBody;
  private readonly maxBytes: number;
  private readonly chunks: Buffer[] = [];
  private keptBytes = 0;
  private isRecording = true;
  /** How many of `chunks` the present sink has got. */
  private position = 0;
  private sink: BodySink | undefined = undefined;
  private isSinkPaused = false;
  private isSourcePiped = false;
  private isSourcePaused = false;
  private ending: { readonly trailers: HeaderList | undefined } | { readonly fault: Fault } | undefined = undefined;
  private isEndingSent = false;
  private hasGivenData = false;

  constructor(source: RequestBody, maxBytes: number) {
    this.source = source;
    this.maxBytes = maxBytes;
  }

  get contentLength(): number | undefined {
    return this.source.contentLength;
  }

  /** Since the last `rewind`: what sends the body cannot do so twice by itself. */
  get isStarted(): boolean {
    return this.hasGivenData;
  }

  /** Whether `rewind` is possible: all that was given away is still here, and the source has not failed. */
  get isReplayable(): boolean {
    return (this.isRecording || !this.hasGivenData) && !(this.ending && 'fault' in this.ending);
  }

  /** Takes the body from its sink and starts over with the next `pipe`. */
  rewind(): void {
    this.sink = undefined;
    this.position = 0;
    this.isEndingSent = false;
    this.hasGivenData = false;
  }

  /** No more rewinding: the memory of what was sent is given back. */
  stopRecording(): void {
    this.isRecording = false;
    this.forgetSent();
  }

  pipe(sink: BodySink): void {
    this.sink = sink;
    this.isSinkPaused = false;
    this.flow();
  }

  resume(): void {
    this.isSinkPaused = false;
    this.flow();
  }

  discard(): void {
    this.sink = undefined;
    this.isRecording = false;
    this.chunks.length = 0;
    this.position = 0;
    this.source.discard();
  }

  /** Gives the sink what is kept, then lets the source go on. The sink may pause, rewind or replace itself at any chunk. */
  private flow(): void {
    while (this.sink && !this.isSinkPaused && this.position < this.chunks.length) {
      const chunk = this.chunks[this.position]!;
      this.position += 1;
      this.give(this.sink, chunk);
    }
    if (!this.isRecording) this.forgetSent();
    if (!this.sink || this.isSinkPaused || this.position < this.chunks.length) return;
    if (this.ending) this.sendEnding(this.sink);
    else this.letSourceFlow();
  }

  private letSourceFlow(): void {
    if (!this.isSourcePiped) {
      this.isSourcePiped = true;
      this.source.pipe({
        onData: chunk => this.take(chunk),
        onEnd: trailers => this.end({ trailers }),
        onFault: fault => this.end({ fault }),
      });
    } else if (this.isSourcePaused) {
      this.isSourcePaused = false;
      this.source.resume();
    }
  }

  private take(chunk: Buffer): boolean {
    const hasCaughtUp = this.position === this.chunks.length;
    if (!this.sink || !hasCaughtUp) {
      // Between two attempts, or behind what is being replayed: kept whatever its size, and the source stopped.
      this.keep(chunk);
      this.isSourcePaused = true;
      return false;
    }
    if (this.hasRoomFor(chunk)) {
      this.keep(chunk);
      this.position += 1;
    } else {
      this.stopRecording();
    }
    this.give(this.sink, chunk);
    // The sink may have paused, gone, or been replaced by one that has caught up meanwhile.
    const isFlowing = !this.isSinkPaused && this.hasTaker();
    this.isSourcePaused = !isFlowing;
    return isFlowing;
  }

  private hasTaker(): boolean {
    return this.sink !== undefined && this.position === this.chunks.length;
  }

  private hasRoomFor(chunk: Buffer): boolean {
    return this.isRecording && this.keptBytes + chunk.length <= this.maxBytes && this.chunks.length < MAX_CHUNKS;
  }

  private give(sink: BodySink, chunk: Buffer): void {
    this.hasGivenData = true;
    if (!sink.onData(chunk) && this.sink === sink) this.isSinkPaused = true;
  }

  private keep(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.keptBytes += chunk.length;
  }

  private forgetSent(): void {
    this.chunks.splice(0, this.position);
    this.position = 0;
  }

  private end(ending: NonNullable<ReplayBody['ending']>): void {
    this.ending = ending;
    if (this.sink && this.position === this.chunks.length) this.sendEnding(this.sink);
  }

  private sendEnding(sink: BodySink): void {
    if (!this.ending || this.isEndingSent) return;
    this.isEndingSent = true;
    if ('fault' in this.ending) sink.onFault(this.ending.fault);
    else sink.onEnd(this.ending.trailers);
  }
}
