// SPDX-License-Identifier: Apache-2.0
import type { Clock, Timer } from '@weir/base';
import { LineBuffer } from './line-buffer.ts';

/** Writes some or all of a chunk and then calls `done`, always later; the chunk must not be kept after that. */
export type WriteChunk = (chunk: Buffer, done: (error: NodeJS.ErrnoException | undefined, writtenBytes: number) => void) => void;

export interface LogWriterOptions {
  readonly clock: Clock;
  /** Memory for lines that wait, half of it for those being written; a line that finds no room is dropped and counted. */
  readonly maxBufferedBytes?: number;
}

/** Takes lines and writes them in the background. */
export interface LogWriter {
  /** A whole line with its line feed. Never waits. */
  write(line: string): void;
  /** Lines lost since the start. */
  droppedLineCount(): number;
  /** Resolves when every line taken so far is written or lost; what comes later is dropped. */
  close(): Promise<void>;
}

/** Some seconds of a busy worker's lines, to outlast a stalled disk. */
const DEFAULT_MAX_BUFFERED_BYTES = 4 * 1_048_576;

/** Lines wait this long for company: a write per line would cost more than the request it tells of. */
const FLUSH_DELAY_MS = 20;

/** A full batch is written without waiting. */
const FLUSH_BYTES = 65_536;

/** Before a pipe that was full (EAGAIN) is tried again. */
const RETRY_DELAY_MS = 10;

/** One write in flight; lines that come meanwhile gather in a second buffer. */
export function createLogWriter(write: WriteChunk, options: LogWriterOptions): LogWriter {
  const writer = new BatchingWriter(write, options);
  return {
    write: line => writer.add(line),
    droppedLineCount: () => writer.droppedLines,
    close: () => writer.close(),
  };
}

class BatchingWriter {
  droppedLines = 0;
  private readonly writeChunk: WriteChunk;
  private readonly clock: Clock;
  private filling: LineBuffer;
  /** Empty while no write is in flight. */
  private flushing: LineBuffer;
  private isWriting = false;
  private timer: Timer | undefined = undefined;
  private closed: PromiseWithResolvers<void> | undefined = undefined;

  constructor(write: WriteChunk, { clock, maxBufferedBytes = DEFAULT_MAX_BUFFERED_BYTES }: LogWriterOptions) {
    this.writeChunk = write;
    this.clock = clock;
    this.filling = new LineBuffer(Math.floor(maxBufferedBytes / 2));
    this.flushing = new LineBuffer(Math.floor(maxBufferedBytes / 2));
  }

  add(line: string): void {
    if (this.closed || !this.hasTaken(line)) {
      this.droppedLines += 1;
      return;
    }
    if (this.isWriting) return;
    if (this.filling.usedBytes >= FLUSH_BYTES) this.flush();
    else this.timer ??= this.clock.after(FLUSH_DELAY_MS, () => this.flush());
  }

  close(): Promise<void> {
    this.closed ??= Promise.withResolvers();
    if (!this.isWriting) this.flush();
    return this.closed.promise;
  }

  private hasTaken(line: string): boolean {
    if (this.filling.hasTaken(line)) return true;
    if (this.isWriting) return false;
    this.flush();
    return this.filling.hasTaken(line);
  }

  private flush(): void {
    this.timer?.cancel();
    this.timer = undefined;
    if (this.filling.lineCount === 0) {
      this.closed?.resolve();
      return;
    }
    [this.filling, this.flushing] = [this.flushing, this.filling];
    this.isWriting = true;
    this.writeRest();
  }

  private writeRest(): void {
    this.writeChunk(this.flushing.unwritten(), (error, writtenBytes) => this.onWritten(error, writtenBytes));
  }

  private onWritten(error: NodeJS.ErrnoException | undefined, writtenBytes: number): void {
    if (error?.code === 'EAGAIN') {
      this.clock.after(RETRY_DELAY_MS, () => this.writeRest());
      return;
    }
    if (!error) {
      this.flushing.skip(writtenBytes);
      if (this.flushing.unwritten().length > 0) {
        this.writeRest();
        return;
      }
    } else {
      // Nobody reads, or the disk is full: holding these lines would only lose the next ones.
      this.droppedLines += this.flushing.lineCount;
    }
    this.flushing.clear();
    this.isWriting = false;
    this.goOn();
  }

  /** What gathered meanwhile goes out at once when it is much, or when it is the last. */
  private goOn(): void {
    if (this.closed || this.filling.usedBytes >= FLUSH_BYTES) this.flush();
    else if (this.filling.lineCount > 0) this.timer = this.clock.after(FLUSH_DELAY_MS, () => this.flush());
  }
}
