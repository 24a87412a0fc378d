// SPDX-License-Identifier: Apache-2.0
import { CONNECTION_WINDOW_BYTES, MAX_HELD_BYTES, ReceiveWindow } from './flow-window.ts';
import { ConnectionError, ERROR_CODE, FLAG } from './frame.ts';
import type { ErrorCode, FrameHead } from './frame.ts';
import type { Http2Stream } from './stream.ts';

/** What the receiver asks of its connection. */
export interface DataConnection {
  readonly streams: ReadonlyMap<number, Http2Stream>;
  /** Throws ConnectionError unless frames of this stream, which is not open, may still come. */
  assertForgotten(streamId: number): void;
  refuse(streamId: number, code: ErrorCode): void;
  /** Counts something that brings nothing. */
  spend(): void;
  keep(chunk: Buffer): Buffer;
  credit(streamId: number, bytes: number): void;
}

/** Takes DATA frames in and gives the windows back (RFC 9113 §5.2 and §6.1). */
export class DataReceiver {
  private readonly connection: DataConnection;
  private readonly window = new ReceiveWindow(CONNECTION_WINDOW_BYTES);
  /** What streams hold for slow takers. */
  private heldBytes = 0;
  /** What has come and is to be given back to the connection's window. */
  private releasedBytes = 0;
  /** Of the frame that is being read; undefined = nobody wants it. */
  private stream: Http2Stream | undefined;
  private isEnd = false;
  /** Octets of the frame that were no data yet: what is left of them at its end is padding. */
  private surplusBytes = 0;
  private hasData = false;

  constructor(connection: DataConnection) {
    this.connection = connection;
  }

  begin({ streamId, length, flags }: FrameHead): void {
    const stream = this.connection.streams.get(streamId);
    this.stream = stream;
    this.isEnd = (flags & FLAG.endStream) !== 0;
    this.surplusBytes = length;
    this.hasData = false;
    if (!this.window.receive(length)) {
      throw new ConnectionError(ERROR_CODE.flowControlError, 'more DATA than the window of the connection has');
    }
    this.releasedBytes += length;
    if (stream === undefined) this.connection.assertForgotten(streamId);
    else if (stream.isRemoteClosed) this.refuse(stream, ERROR_CODE.streamClosed, 'DATA after the end of the stream');
    else if (!stream.countReceived(length)) {
      this.refuse(stream, ERROR_CODE.flowControlError, 'more DATA than the window of the stream has');
    }
  }

  take(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.hasData = true;
    this.surplusBytes -= chunk.length;
    this.stream?.receive(this.connection.keep(chunk));
  }

  end(): void {
    const { stream } = this;
    this.stream = undefined;
    if (!this.hasData && !this.isEnd) this.connection.spend();
    if (stream !== undefined) {
      if (this.isEnd) stream.receiveEnd(undefined);
      // Padding is nobody's: its credit goes back at once.
      if (this.surplusBytes > 0) this.release(stream, this.surplusBytes);
    }
    this.creditConnection();
  }

  hold(bytes: number): void {
    this.heldBytes += bytes;
    this.creditConnection();
  }

  /** Octets that a stream's taker took. */
  release(stream: Http2Stream, bytes: number): void {
    const credit = stream.creditFor(bytes);
    if (credit > 0) this.connection.credit(stream.id, credit);
  }

  /** The connection's window is given back at once, so that a slow stream holds up no other, until too much is held for slow ones. */
  private creditConnection(): void {
    if (this.heldBytes > MAX_HELD_BYTES || this.releasedBytes === 0) return;
    const credit = this.window.release(this.releasedBytes);
    this.releasedBytes = 0;
    if (credit > 0) this.connection.credit(0, credit);
  }

  private refuse(stream: Http2Stream, code: ErrorCode, detail: string): void {
    this.stream = undefined;
    stream.breakOff(code, detail);
    this.connection.refuse(stream.id, code);
  }
}
