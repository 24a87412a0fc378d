// SPDX-License-Identifier: Apache-2.0
import { ConnectionError, ERROR_CODE, FLAG, FRAME, FRAME_HEAD_BYTES, MAX_FRAME_BYTES } from './frame.ts';
import type { FrameHead } from './frame.ts';

/** Takes frames, in order. The bytes belong to the caller again when a method returns. What these throw comes out of `push`. */
export interface FrameEvents {
  /** A whole frame other than DATA. */
  onFrame(head: FrameHead, payload: Buffer): void;
  /** A DATA frame begins; all of its length counts against the windows. */
  onDataFrame(head: FrameHead): void;
  /** A piece of the frame that has begun, without padding. */
  onDataChunk(chunk: Buffer): void;
  onDataFrameEnd(): void;
}

type State = 'head' | 'payload' | 'padLength' | 'data' | 'padding';

const EMPTY = Buffer.alloc(0);

/** Cuts a byte stream into frames (RFC 9113 §4). Payloads of DATA pass through as they come; all others are gathered. */
export class FrameReader {
  private readonly events: FrameEvents;
  private state: State = 'head';
  /** Beginning of a frame's head or payload that came without its rest. */
  private partial: Buffer = EMPTY;
  private head: FrameHead = { length: 0, type: 0, flags: 0, streamId: 0 };
  private dataBytes = 0;
  private paddingBytes = 0;
  private isStopped = false;

  constructor(events: FrameEvents) {
    this.events = events;
  }

  /** Within a frame other than DATA, or the head of any. */
  get isGathering(): boolean {
    return this.state === 'payload' || this.partial.length > 0;
  }

  /** Takes no further frame, not even of the bytes that are being read. */
  stop(): void {
    this.isStopped = true;
  }

  /** Throws ConnectionError. */
  push(bytes: Buffer): void {
    let position = 0;
    while (!this.isStopped && (position < bytes.length || (this.state === 'payload' && this.head.length === 0))) {
      switch (this.state) {
        case 'head':
          position = this.takeHead(bytes, position);
          break;
        case 'payload':
          position = this.takePayload(bytes, position);
          break;
        case 'padLength':
          this.takePadLength(bytes[position++]!);
          break;
        case 'data':
          position = this.takeData(bytes, position);
          break;
        case 'padding':
          position = this.takePadding(bytes, position);
          break;
      }
    }
  }

  private takeHead(bytes: Buffer, start: number): number {
    if (this.partial.length === 0 && bytes.length - start >= FRAME_HEAD_BYTES) {
      this.beginFrame(bytes, start);
      return start + FRAME_HEAD_BYTES;
    }
    const end = Math.min(bytes.length, start + FRAME_HEAD_BYTES - this.partial.length);
    this.partial = Buffer.concat([this.partial, bytes.subarray(start, end)]);
    if (this.partial.length === FRAME_HEAD_BYTES) {
      const head = this.partial;
      this.partial = EMPTY;
      this.beginFrame(head, 0);
    }
    return end;
  }

  private beginFrame(bytes: Buffer, at: number): void {
    const head: FrameHead = {
      length: bytes.readUIntBE(at, 3),
      type: bytes[at + 3]!,
      flags: bytes[at + 4]!,
      streamId: bytes.readUInt32BE(at + 5) & 0x7fff_ffff,
    };
    if (head.length > MAX_FRAME_BYTES) {
      throw new ConnectionError(ERROR_CODE.frameSizeError, `a frame of ${head.length} bytes, and ${MAX_FRAME_BYTES} are allowed`);
    }
    this.head = head;
    if (head.type === FRAME.data) this.beginData(head);
    else this.state = 'payload';
  }

  private beginData(head: FrameHead): void {
    this.events.onDataFrame(head);
    this.dataBytes = head.length;
    this.paddingBytes = 0;
    if ((head.flags & FLAG.padded) !== 0) {
      if (head.length === 0) throw new ConnectionError(ERROR_CODE.frameSizeError, 'padding without a length');
      this.state = 'padLength';
    } else this.afterData();
  }

  private takePayload(bytes: Buffer, start: number): number {
    const missing = this.head.length - this.partial.length;
    const end = start + missing;
    if (end > bytes.length) {
      this.partial = Buffer.concat([this.partial, bytes.subarray(start)]);
      return bytes.length;
    }
    const payload = bytes.subarray(start, end);
    const whole = this.partial.length === 0 ? payload : Buffer.concat([this.partial, payload]);
    this.partial = EMPTY;
    this.state = 'head';
    this.events.onFrame(this.head, whole);
    return end;
  }

  private takePadLength(padLength: number): void {
    this.dataBytes = this.head.length - 1 - padLength;
    // Padding as long as the payload or longer (RFC 9113 §6.1).
    if (this.dataBytes < 0) throw new ConnectionError(ERROR_CODE.protocolError, 'more padding than payload');
    this.paddingBytes = padLength;
    this.afterData();
  }

  private takeData(bytes: Buffer, start: number): number {
    const end = Math.min(bytes.length, start + this.dataBytes);
    this.dataBytes -= end - start;
    this.events.onDataChunk(bytes.subarray(start, end));
    this.afterData();
    return end;
  }

  private takePadding(bytes: Buffer, start: number): number {
    const end = Math.min(bytes.length, start + this.paddingBytes);
    this.paddingBytes -= end - start;
    this.afterData();
    return end;
  }

  private afterData(): void {
    if (this.dataBytes > 0) this.state = 'data';
    else if (this.paddingBytes > 0) this.state = 'padding';
    else {
      this.state = 'head';
      this.events.onDataFrameEnd();
    }
  }
}
