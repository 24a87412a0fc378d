// SPDX-License-Identifier: Apache-2.0
import type { HeaderList } from '@weir/base';
import type { FieldBlock } from './field-block.ts';
import { STREAM_WINDOW_BYTES, ReceiveWindow } from './flow-window.ts';
import { ERROR_CODE } from './frame.ts';
import type { ErrorCode } from './frame.ts';

/** `complete`: both sides said all; `reset`: by us, so that frames of the peer may still be on the way; `broken`: by the peer. */
export type StreamEnd = 'broken' | 'complete' | 'reset';

/** What a stream asks of its connection. */
export interface StreamConnection {
  /** Writes as much of `chunk` from `offset` on as windows allow; returns the offset of what is left. */
  writeData(stream: Http2Stream, chunk: Buffer, offset: number): number;
  writeEnd(stream: Http2Stream, trailers: HeaderList | undefined): void;
  writeReset(streamId: number, code: ErrorCode): void;
  /** `bytes` that a stream held for a slow taker are gone. */
  onReleased(stream: Http2Stream, bytes: number): void;
  onHeld(bytes: number): void;
  /** Nothing of the stream goes on. */
  onClosed(stream: Http2Stream, end: StreamEnd): void;
  /** The socket takes bytes more slowly than they come. */
  readonly isBlocked: boolean;
}

/** One stream (RFC 9113 §5.1): the flow of both directions. What it means is for the subclass to know. */
export abstract class Http2Stream {
  readonly id: number;
  /** What we may still send. */
  sendWindowBytes: number;
  protected readonly connection: StreamConnection;
  private readonly receiveWindow = new ReceiveWindow(STREAM_WINDOW_BYTES);
  /** Not sent yet, as a window or the socket is full. */
  private readonly unsent: Buffer[] = [];
  private unsentOffset = 0;
  private ending: { readonly trailers: HeaderList | undefined } | undefined;
  /** Come, but not wanted yet. */
  private readonly held: Buffer[] = [];
  private heldEnd: { readonly trailers: FieldBlock | undefined } | undefined;
  private isPaused = false;
  private hasSentEnd = false;
  private hasReceivedEnd = false;
  private isReset = false;

  constructor(id: number, connection: StreamConnection, sendWindowBytes: number) {
    this.id = id;
    this.connection = connection;
    this.sendWindowBytes = sendWindowBytes;
  }

  get isClosed(): boolean {
    return this.isReset || (this.hasSentEnd && this.hasReceivedEnd);
  }

  get isRemoteClosed(): boolean {
    return this.hasReceivedEnd || this.isReset;
  }

  get isLocalClosed(): boolean {
    return this.hasSentEnd || this.isReset;
  }

  /** Whether the taker wants what comes. */
  get isReading(): boolean {
    return !this.isPaused;
  }

  /** Whether something waits for a window or the socket. */
  get hasUnsent(): boolean {
    return this.unsent.length > 0;
  }

  /** From the connection: a header section that is not the first. */
  abstract onHeaders(block: FieldBlock, isEnd: boolean): void;
  /** From the connection: the peer reset the stream, or the connection is gone. */
  abstract onAborted(code: ErrorCode, detail: string): void;
  /** From the connection, a few times a second: ends what has been silent for too long. */
  abstract sweep(nowMs: number): void;
  /** Bytes of the body. False asks for a pause until `resume`. */
  protected abstract take(chunk: Buffer): boolean;
  protected abstract takeEnd(trailers: FieldBlock | undefined): void;
  /** What was sent is on its way: there is room for more. */
  protected abstract onSendable(): void;
  /** All is sent, and the peer's side is not complete. */
  protected abstract onSentBeforeReceived(): void;

  /** From the connection: octets of a DATA frame count against the window. False: more than allowed. */
  countReceived(bytes: number): boolean {
    return this.receiveWindow.receive(bytes);
  }

  /** From the connection: a piece of DATA, in memory that stays. */
  receive(chunk: Buffer): void {
    if (this.isReset) return;
    if (this.isPaused) {
      this.held.push(chunk);
      this.connection.onHeld(chunk.length);
    } else {
      this.deliver(chunk);
    }
  }

  /** From the connection: the peer's side is complete. */
  receiveEnd(trailers: FieldBlock | undefined): void {
    if (this.isReset) return;
    this.hasReceivedEnd = true;
    if (this.held.length > 0) this.heldEnd = { trailers };
    else this.takeEnd(trailers);
    this.closeIfDone();
  }

  /** Credit for octets that were taken; what to tell the peer of, or 0. */
  creditFor(bytes: number): number {
    return this.hasReceivedEnd || this.isReset ? 0 : this.receiveWindow.release(bytes);
  }

  /** From the connection: a window has opened, or the socket takes bytes again. */
  flush(): void {
    while (this.unsent.length > 0) {
      const chunk = this.unsent[0]!;
      this.unsentOffset = this.connection.writeData(this, chunk, this.unsentOffset);
      if (this.unsentOffset < chunk.length) return;
      this.unsent.shift();
      this.unsentOffset = 0;
    }
    if (this.ending !== undefined) this.finish(this.ending.trailers);
    else if (!this.isLocalClosed && !this.connection.isBlocked) this.onSendable();
  }

  /** Ends both sides at once. */
  reset(code: ErrorCode): void {
    if (this.isClosed) return;
    this.connection.writeReset(this.id, code);
    this.abandon();
    this.connection.onClosed(this, 'reset');
  }

  /** From the connection: nothing of the stream goes on. */
  breakOff(code: ErrorCode, detail: string): void {
    if (this.isClosed) return;
    this.abandon();
    this.onAborted(code, detail);
    this.connection.onClosed(this, 'broken');
  }

  protected pause(): void {
    this.isPaused = true;
  }

  protected resumeTaking(): void {
    this.isPaused = false;
    while (this.held.length > 0 && this.isReading) {
      const chunk = this.held.shift()!;
      this.connection.onHeld(-chunk.length);
      this.deliver(chunk);
    }
    if (this.held.length > 0 || this.heldEnd === undefined) return;
    const { trailers } = this.heldEnd;
    this.heldEnd = undefined;
    this.takeEnd(trailers);
  }

  /** False: wait for `onSendable`. */
  protected send(chunk: Buffer): boolean {
    if (this.isLocalClosed) return true;
    if (this.unsent.length === 0) {
      const sent = this.connection.writeData(this, chunk, 0);
      if (sent === chunk.length) return !this.connection.isBlocked;
      this.unsentOffset = sent;
    }
    this.unsent.push(chunk);
    return false;
  }

  protected sendEndOfStream(trailers: HeaderList | undefined): void {
    if (this.isLocalClosed) return;
    if (this.unsent.length > 0) this.ending = { trailers };
    else this.finish(trailers);
  }

  /** The head that was just sent, or the frame that was just written, was the last. */
  protected markLocalEnd(): void {
    this.hasSentEnd = true;
    if (this.hasReceivedEnd) this.closeIfDone();
    else this.onSentBeforeReceived();
  }

  private finish(trailers: HeaderList | undefined): void {
    this.ending = undefined;
    this.connection.writeEnd(this, trailers);
    this.markLocalEnd();
  }

  private deliver(chunk: Buffer): void {
    if (!this.take(chunk)) this.isPaused = true;
    this.connection.onReleased(this, chunk.length);
  }

  private closeIfDone(): void {
    if (this.hasSentEnd && this.hasReceivedEnd && !this.isReset) this.connection.onClosed(this, 'complete');
  }

  private abandon(): void {
    this.isReset = true;
    for (const chunk of this.held.splice(0)) this.connection.onHeld(-chunk.length);
    this.unsent.length = 0;
    this.ending = undefined;
    this.heldEnd = undefined;
  }
}

/** What a code means to those who are not HTTP/2 themselves. */
export function codeName(code: ErrorCode): string {
  return Object.entries(ERROR_CODE).find(([, value]) => value === code)?.[0] ?? `code ${code}`;
}
