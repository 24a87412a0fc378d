// SPDX-License-Identifier: Apache-2.0
import type { HeaderList } from '@weir/base';
import { DataReceiver } from './data-receiver.ts';
import type { DataConnection } from './data-receiver.ts';
import type { FieldBlock } from './field-block.ts';
import { CONNECTION_WINDOW_BYTES } from './flow-window.ts';
import { FrameBudget } from './frame-budget.ts';
import { FrameReader } from './frame-reader.ts';
import type { FrameWriter } from './frame-writer.ts';
import {
  ConnectionError,
  ERROR_CODE,
  FLAG,
  FRAME,
  INITIAL_WINDOW_BYTES,
  MAX_FRAME_BYTES,
  MAX_STREAM_ID,
  MAX_WINDOW_BYTES,
} from './frame.ts';
import type { ErrorCode, FrameHead } from './frame.ts';
import { HeaderBlocks } from './header-blocks.ts';
import type { BlockLimits } from './header-blocks.ts';
import { encodeFields } from './hpack/encode-fields.ts';
import { applySettings, createPeerSettings } from './settings.ts';
import type { PeerSettings } from './settings.ts';
import type { Http2Stream, StreamConnection, StreamEnd } from './stream.ts';

/** What server and client do differently. */
export interface ConnectionRole {
  /** A header section for a stream that is not open: a request, or what nobody asked for. Throws ConnectionError for the latter. */
  onNewStream(streamId: number, block: FieldBlock, isEnd: boolean): void;
  /** Whether the peer can have used this stream by now. */
  isUsed(streamId: number): boolean;
  onGoAway(lastStreamId: number, code: ErrorCode): void;
  onSettings(): void;
  /** A stream is closed; the connection may have become idle. */
  onStreamClosed(): void;
}

export interface ConnectionParts {
  readonly frames: FrameWriter;
  readonly limits: BlockLimits;
  /** Coarse time. */
  nowMs(): number;
  /** A part of the bytes of the last read, in memory that nobody writes into again. */
  keep(chunk: Buffer): Buffer;
  readonly role: ConnectionRole;
}

/** Streams that we reset: what their peer sent before it knew is no violation. */
const MAX_REMEMBERED_RESETS = 256;
const PING_BYTES = 8;
const NO_DATA = Buffer.alloc(0);

/** Frames in, frames out: what both sides of an HTTP/2 connection have in common (RFC 9113). Ends only by its owner. */
export class Http2Connection implements DataConnection, StreamConnection {
  readonly peer: PeerSettings = createPeerSettings();
  readonly streams = new Map<number, Http2Stream>();
  readonly frames: FrameWriter;
  /** Streams that we have reset in all. */
  resetCount = 0;
  private readonly parts: ConnectionParts;
  private readonly reader: FrameReader;
  private readonly blocks: HeaderBlocks;
  private readonly budget: FrameBudget;
  private readonly receiver: DataReceiver;
  private readonly resets = new Set<number>();
  private sendWindowBytes = INITIAL_WINDOW_BYTES;
  private hasSettings = false;
  /** When the frame or header section began that has not come to its end. Not of DATA: streams watch over their bodies. */
  private unfinishedSinceMs: number | undefined;

  constructor(parts: ConnectionParts) {
    this.parts = parts;
    this.frames = parts.frames;
    this.budget = new FrameBudget(parts.nowMs());
    this.blocks = new HeaderBlocks({
      limits: parts.limits,
      onBlock: (head, block) => this.onBlock(head, block),
      onSmallContinuation: () => this.spend(),
    });
    this.receiver = new DataReceiver(this);
    this.reader = new FrameReader({
      onFrame: (head, payload) => this.onFrame(head, payload),
      onDataFrame: head => this.onDataFrame(head),
      onDataChunk: chunk => this.receiver.take(chunk),
      onDataFrameEnd: () => this.receiver.end(),
    });
  }

  get hasPeerSettings(): boolean {
    return this.hasSettings;
  }

  get isBlocked(): boolean {
    return this.frames.isBlocked;
  }

  /** Our settings, and a window for the whole connection that is larger than the protocol's. */
  begin(settings: readonly (readonly [identifier: number, value: number])[]): void {
    this.frames.writeSettings(settings);
    this.frames.writeWindowUpdate(0, CONNECTION_WINDOW_BYTES - INITIAL_WINDOW_BYTES);
  }

  /** Bytes of the peer. Throws ConnectionError; the connection is beyond use then. */
  push(bytes: Buffer): void {
    this.reader.push(bytes);
    if (this.blocks.isOpen || this.reader.isGathering) this.unfinishedSinceMs ??= this.parts.nowMs();
  }

  /** Whether the peer has owed the rest of a frame or header section since before then. */
  isOverdue(sinceMs: number): boolean {
    return this.unfinishedSinceMs !== undefined && this.unfinishedSinceMs < sinceMs;
  }

  /** The connection is over: nothing more of what has come counts. */
  stop(): void {
    this.reader.stop();
  }

  /** The socket takes bytes again. */
  flush(): void {
    for (const stream of [...this.streams.values()]) {
      if (this.isBlocked) return;
      stream.flush();
    }
  }

  add(stream: Http2Stream): void {
    this.streams.set(stream.id, stream);
  }

  /** Ends every stream; nothing is sent. */
  breakOffAll(code: ErrorCode, detail: string): void {
    for (const stream of [...this.streams.values()]) stream.breakOff(code, detail);
  }

  writeData(stream: Http2Stream, chunk: Buffer, offset: number): number {
    let at = offset;
    while (at < chunk.length) {
      const length = Math.min(chunk.length - at, MAX_FRAME_BYTES, stream.sendWindowBytes, this.sendWindowBytes);
      if (length <= 0) return at;
      this.frames.writeData(stream.id, length === chunk.length ? chunk : chunk.subarray(at, at + length), false);
      stream.sendWindowBytes -= length;
      this.sendWindowBytes -= length;
      at += length;
    }
    return at;
  }

  /** The last piece of a body, with the end of the stream in the same frame. False, and nothing sent, where a window is too small. */
  writeLastData(stream: Http2Stream, chunk: Buffer): boolean {
    const { length } = chunk;
    if (length > MAX_FRAME_BYTES || length > stream.sendWindowBytes || length > this.sendWindowBytes) return false;
    this.frames.writeData(stream.id, chunk, true);
    stream.sendWindowBytes -= length;
    this.sendWindowBytes -= length;
    return true;
  }

  writeEnd(stream: Http2Stream, trailers: HeaderList | undefined): void {
    if (trailers !== undefined && trailers.count > 0) this.frames.writeHeaders(stream.id, encodeFields(trailers), true);
    else this.frames.writeData(stream.id, NO_DATA, true);
  }

  writeReset(streamId: number, code: ErrorCode): void {
    this.resetCount += 1;
    this.frames.writeReset(streamId, code);
  }

  onHeld(bytes: number): void {
    this.receiver.hold(bytes);
  }

  onReleased(stream: Http2Stream, bytes: number): void {
    this.receiver.release(stream, bytes);
  }

  onClosed(stream: Http2Stream, end: StreamEnd): void {
    if (!this.streams.delete(stream.id)) return;
    if (end === 'reset') this.rememberReset(stream.id);
    else if (end === 'complete') this.budget.refund();
    this.parts.role.onStreamClosed();
  }

  keep(chunk: Buffer): Buffer {
    return this.parts.keep(chunk);
  }

  credit(streamId: number, bytes: number): void {
    this.frames.writeWindowUpdate(streamId, bytes);
  }

  assertForgotten(streamId: number): void {
    if (this.resets.has(streamId)) return;
    if (!this.parts.role.isUsed(streamId)) throw new ConnectionError(ERROR_CODE.protocolError, 'a frame of an idle stream');
    throw new ConnectionError(ERROR_CODE.streamClosed, 'a frame of a closed stream');
  }

  /** A stream that was refused before it was one. */
  refuse(streamId: number, code: ErrorCode): void {
    this.writeReset(streamId, code);
    this.rememberReset(streamId);
  }

  /** Counts something that brings nothing. Throws ConnectionError where it is too much. */
  spend(): void {
    this.budget.spend(this.parts.nowMs());
  }

  private rememberReset(streamId: number): void {
    this.resets.add(streamId);
    if (this.resets.size <= MAX_REMEMBERED_RESETS) return;
    const [oldest] = this.resets;
    if (oldest !== undefined) this.resets.delete(oldest);
  }

  private onFrame(head: FrameHead, payload: Buffer): void {
    if (!this.hasSettings && (head.type !== FRAME.settings || (head.flags & FLAG.ack) !== 0)) {
      throw new ConnectionError(ERROR_CODE.protocolError, 'the first frame is no SETTINGS');
    }
    if (this.blocks.isOpen && head.type !== FRAME.continuation) {
      throw new ConnectionError(ERROR_CODE.protocolError, 'another frame within a header block');
    }
    switch (head.type) {
      case FRAME.headers:
        this.blocks.begin(head, payload);
        break;
      case FRAME.continuation:
        this.blocks.goOn(head, payload);
        break;
      case FRAME.settings:
        this.onSettings(head, payload);
        break;
      case FRAME.windowUpdate:
        this.onWindowUpdate(head, payload);
        break;
      case FRAME.resetStream:
        this.onReset(head, payload);
        break;
      case FRAME.ping:
        this.onPing(head, payload);
        break;
      case FRAME.goAway:
        this.onGoAway(head, payload);
        break;
      case FRAME.pushPromise:
        throw new ConnectionError(ERROR_CODE.protocolError, 'a push, which nobody has allowed');
      case FRAME.priority:
        this.onPriority(head, payload);
        break;
      default:
        // Unknown frames are ignored (RFC 9113 §4.1).
        this.spend();
        break;
    }
    if (!this.blocks.isOpen) this.unfinishedSinceMs = undefined;
  }

  /** Priorities mean nothing any more (RFC 9113 §5.3.2), but have to be well formed. */
  private onPriority(head: FrameHead, payload: Buffer): void {
    assertLength(payload, 5);
    assertStream(head, true);
    if (payload.readUInt32BE(0) % 0x8000_0000 === head.streamId) {
      throw new ConnectionError(ERROR_CODE.protocolError, 'a stream that depends on itself');
    }
    this.spend();
  }

  private onBlock(head: FrameHead, block: FieldBlock): void {
    const isEnd = (head.flags & FLAG.endStream) !== 0;
    const stream = this.streams.get(head.streamId);
    if (stream === undefined) {
      if (this.isForgotten(head.streamId)) return;
      this.parts.role.onNewStream(head.streamId, block, isEnd);
    } else if (stream.isRemoteClosed) {
      stream.breakOff(ERROR_CODE.streamClosed, 'a header section after the end of the stream');
      this.refuse(head.streamId, ERROR_CODE.streamClosed);
    } else {
      stream.onHeaders(block, isEnd);
    }
  }

  private onDataFrame(head: FrameHead): void {
    if (!this.hasSettings) throw new ConnectionError(ERROR_CODE.protocolError, 'the first frame is no SETTINGS');
    if (this.blocks.isOpen) throw new ConnectionError(ERROR_CODE.protocolError, 'another frame within a header block');
    assertStream(head, true);
    this.receiver.begin(head);
  }

  private onSettings(head: FrameHead, payload: Buffer): void {
    assertStream(head, false);
    if ((head.flags & FLAG.ack) !== 0) {
      assertLength(payload, 0);
      return;
    }
    if (this.hasSettings) this.spend();
    this.hasSettings = true;
    const { initialWindowBytes: before, hasSmallTable } = this.peer;
    applySettings(payload, this.peer);
    this.frames.acknowledgeSettings();
    if (this.peer.hasSmallTable && !hasSmallTable) this.frames.giveUpTable();
    const growth = this.peer.initialWindowBytes - before;
    if (growth !== 0) this.growWindows(growth);
    this.parts.role.onSettings();
  }

  /** New initial windows change those of open streams too, which may become negative (RFC 9113 §6.9.2). */
  private growWindows(growth: number): void {
    for (const stream of [...this.streams.values()]) {
      stream.sendWindowBytes += growth;
      if (stream.sendWindowBytes > MAX_WINDOW_BYTES) {
        throw new ConnectionError(ERROR_CODE.flowControlError, 'a window beyond all bounds');
      }
      if (growth > 0) stream.flush();
    }
  }

  private onWindowUpdate(head: FrameHead, payload: Buffer): void {
    assertLength(payload, 4);
    const increment = payload.readUInt32BE(0) & MAX_WINDOW_BYTES;
    if (head.streamId === 0) {
      if (increment === 0) throw new ConnectionError(ERROR_CODE.protocolError, 'a window update of 0');
      this.sendWindowBytes += increment;
      if (this.sendWindowBytes > MAX_WINDOW_BYTES) {
        throw new ConnectionError(ERROR_CODE.flowControlError, 'a window beyond all bounds');
      }
      for (const stream of [...this.streams.values()]) if (stream.hasUnsent) stream.flush();
      return;
    }
    // A byte at a time would make us send a frame for each.
    if (increment < SMALL_INCREMENT) this.spend();
    const stream = this.streams.get(head.streamId);
    if (stream === undefined) {
      if (!this.parts.role.isUsed(head.streamId)) {
        throw new ConnectionError(ERROR_CODE.protocolError, 'a window of an idle stream');
      }
      return;
    }
    stream.sendWindowBytes += increment;
    if (increment > 0 && stream.sendWindowBytes <= MAX_WINDOW_BYTES) stream.flush();
    else {
      const code = increment === 0 ? ERROR_CODE.protocolError : ERROR_CODE.flowControlError;
      stream.breakOff(code, 'a window update of 0 or beyond all bounds');
      this.refuse(head.streamId, code);
    }
  }

  private onReset(head: FrameHead, payload: Buffer): void {
    assertLength(payload, 4);
    assertStream(head, true);
    if (!this.parts.role.isUsed(head.streamId)) throw new ConnectionError(ERROR_CODE.protocolError, 'a reset of an idle stream');
    this.spend();
    const code = payload.readUInt32BE(0) as ErrorCode;
    this.streams.get(head.streamId)?.breakOff(code, 'the peer reset the stream');
  }

  private onPing(head: FrameHead, payload: Buffer): void {
    assertLength(payload, PING_BYTES);
    assertStream(head, false);
    if ((head.flags & FLAG.ack) !== 0) return;
    this.spend();
    this.frames.acknowledgePing(payload);
  }

  private onGoAway(head: FrameHead, payload: Buffer): void {
    assertStream(head, false);
    if (payload.length < 8) throw new ConnectionError(ERROR_CODE.frameSizeError, 'a short GOAWAY');
    this.parts.role.onGoAway(payload.readUInt32BE(0) & MAX_STREAM_ID, payload.readUInt32BE(4) as ErrorCode);
  }

  /** A frame for a stream that is over: no violation where we reset it, as the peer may not have known. */
  private isForgotten(streamId: number): boolean {
    if (!this.parts.role.isUsed(streamId)) return false;
    this.assertForgotten(streamId);
    return true;
  }
}

/** Window updates below this are counted as bringing nothing. */
const SMALL_INCREMENT = 256;

function assertLength(payload: Buffer, length: number): void {
  if (payload.length !== length) {
    throw new ConnectionError(ERROR_CODE.frameSizeError, `a frame of ${payload.length} bytes instead of ${length}`);
  }
}

function assertStream({ streamId }: FrameHead, isOfStream: boolean): void {
  if ((streamId !== 0) === isOfStream) return;
  throw new ConnectionError(
    ERROR_CODE.protocolError,
    isOfStream ? 'a frame without its stream' : 'a frame of a stream that has none',
  );
}
