// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { FaultCode, HeaderList } from '@weir/base';
import type { Limits } from '../engine/settings.ts';
import { ChunkedDecoder } from './chunked-decoder.ts';
import { CHUNKED, UNTIL_CLOSE } from './framing.ts';
import type { BodyLength } from './framing.ts';
import { HeadBuffer } from './head-buffer.ts';
import { HeadLines } from './head-lines.ts';

/** Takes one message after another. What these throw comes out of `push`. */
export interface MessageEvents {
  /** A whole head; its lines are valid during the call. Returns how long the body is; `INTERIM` = no message yet, another head follows. */
  onMessageHead(lines: HeadLines): BodyLength;
  /** Checks the first line of a head whose rest has not come yet, to refuse garbage without waiting. */
  onPartialHead(firstLine: string): void;
  /** Nobody writes into the chunk afterwards. */
  onBodyData(chunk: Buffer): void;
  onMessageEnd(trailers: HeaderList | undefined): void;
}

/** What `onMessageHead` returns for a 1xx response. */
export const INTERIM = -3;

export interface ReaderOptions {
  readonly limits: Limits;
  readonly malformed: FaultCode;
  readonly headTooLarge: FaultCode;
  /** Servers ignore an empty line before a request (RFC 9112 §2.2); a response has none. */
  readonly skipsLeadingEmptyLine: boolean;
}

type State = 'head' | 'fixed' | 'chunked' | 'untilClose' | 'held';

const CR = 0x0d;
const LF = 0x0a;
const HEAD_END_BYTES = 4;

/** A thread reads one head at a time, and is done with it before it reads another. */
const lines = new HeadLines();

/**
 * Cuts a byte stream into HTTP/1.1 messages (RFC 9112 §2). Works without a socket: bytes are pushed in, events come out.
 * After a message it holds: what comes is kept until `advance`, so that a pipelined request waits for the answer before it.
 */
export class MessageReader {
  private readonly events: MessageEvents;
  private readonly options: ReaderOptions;
  private readonly chunked: ChunkedDecoder;
  private readonly partial = new HeadBuffer();
  private state: State = 'head';
  private remainingBytes = 0;
  private emptyLine: 'possible' | 'begun' | 'passed';
  private kept: Buffer | undefined;

  constructor(events: MessageEvents, options: ReaderOptions) {
    this.events = events;
    this.options = options;
    this.emptyLine = options.skipsLeadingEmptyLine ? 'possible' : 'passed';
    this.chunked = new ChunkedDecoder(
      { onChunkData: data => events.onBodyData(data), onChunkedEnd: trailers => this.endMessage(trailers) },
      {
        maxTrailerBytes: options.limits.maxTrailerBytes,
        maxHeaderCount: options.limits.maxHeaderCount,
        malformed: options.malformed,
      },
    );
  }

  /** Between messages, with nothing of the next one seen. */
  get isIdle(): boolean {
    return (this.state === 'head' && this.partial.length === 0) || (this.state === 'held' && this.kept === undefined);
  }

  /** Bytes that came for a message whose turn has not come. */
  get keptBytes(): number {
    return this.kept?.length ?? 0;
  }

  get isHeld(): boolean {
    return this.state === 'held';
  }

  push(bytes: Buffer): void {
    let position = 0;
    while (position < bytes.length) {
      switch (this.state) {
        case 'head':
          position = this.takeHead(bytes, position);
          break;
        case 'fixed':
          position = this.takeFixed(bytes, position);
          break;
        case 'chunked':
          position = this.chunked.push(bytes, position);
          break;
        case 'untilClose':
          this.events.onBodyData(position === 0 ? bytes : bytes.subarray(position));
          return;
        case 'held':
          this.keep(bytes, position);
          return;
      }
    }
  }

  /** Goes on with the next message, beginning with what was kept. */
  advance(): void {
    this.state = 'head';
    this.emptyLine = this.options.skipsLeadingEmptyLine ? 'possible' : 'passed';
    const { kept } = this;
    if (kept === undefined) return;
    this.kept = undefined;
    this.push(kept);
  }

  /** The peer ended the stream. True when that was a proper end: between messages, or of a body that lasts until then. */
  end(): boolean {
    if (this.state === 'untilClose') {
      this.endMessage(undefined);
      return true;
    }
    return this.isIdle;
  }

  private takeHead(bytes: Buffer, start: number): number {
    const from = this.emptyLine === 'passed' ? start : this.skipEmptyLine(bytes, start);
    if (from === bytes.length) return from;
    if (this.partial.length > 0) return this.continueHead(bytes, from);
    const next = lines.scan(bytes, from);
    if (next === -1) {
      this.keepPartialHead(bytes.subarray(from));
      return bytes.length;
    }
    this.beginMessage();
    return next;
  }

  private skipEmptyLine(bytes: Buffer, start: number): number {
    let position = start;
    if (this.emptyLine === 'possible') {
      this.emptyLine = bytes[position] === CR ? 'begun' : 'passed';
      if (this.emptyLine === 'passed') return position;
      position++;
    }
    if (position === bytes.length) return position;
    if (bytes[position] !== LF) throw new Fault(this.options.malformed, 'a bare CR before the head');
    this.emptyLine = 'passed';
    return position + 1;
  }

  private continueHead(bytes: Buffer, start: number): number {
    const before = this.partial.length;
    // Only as much as a head may have: the rest may be a large body.
    const room = this.options.limits.maxHeadBytes + HEAD_END_BYTES - before;
    const piece = bytes.subarray(start, start + Math.max(room, 1));
    this.partial.append(piece);
    const end = this.partial.indexOfHeadEnd(Math.max(0, before - 3));
    if (end === -1) {
      this.refusePartialHead(before);
      return start + piece.length;
    }
    lines.scan(this.partial.take(), 0);
    this.beginMessage();
    return start + end + HEAD_END_BYTES - before;
  }

  private keepPartialHead(piece: Buffer): void {
    this.partial.append(piece);
    this.refusePartialHead(0);
  }

  private refusePartialHead(from: number): void {
    if (this.partial.length > this.options.limits.maxHeadBytes) this.failTooLarge();
    if (this.partial.hasBareLineFeed(from)) throw new Fault(this.options.malformed, 'a line of the head ends without CR');
    const line = this.partial.firstLine();
    if (line !== undefined && line !== '') this.events.onPartialHead(line);
  }

  private failTooLarge(): never {
    throw new Fault(this.options.headTooLarge, `head larger than ${this.options.limits.maxHeadBytes} bytes`);
  }

  private beginMessage(): void {
    if (lines.text.length > this.options.limits.maxHeadBytes) this.failTooLarge();
    const bodyLength = this.events.onMessageHead(lines);
    if (bodyLength === INTERIM) return;
    if (bodyLength === 0) {
      this.endMessage(undefined);
    } else if (bodyLength === CHUNKED) {
      this.chunked.reset();
      this.state = 'chunked';
    } else if (bodyLength === UNTIL_CLOSE) {
      this.state = 'untilClose';
    } else {
      this.remainingBytes = bodyLength;
      this.state = 'fixed';
    }
  }

  private takeFixed(bytes: Buffer, start: number): number {
    const end = Math.min(bytes.length, start + this.remainingBytes);
    this.remainingBytes -= end - start;
    this.events.onBodyData(bytes.subarray(start, end));
    if (this.remainingBytes === 0) this.endMessage(undefined);
    return end;
  }

  private endMessage(trailers: HeaderList | undefined): void {
    // Before the event: its taker may already advance to the next message.
    this.state = 'held';
    this.events.onMessageEnd(trailers);
  }

  private keep(bytes: Buffer, start: number): void {
    const rest = bytes.subarray(start);
    this.kept = this.kept === undefined ? Buffer.from(rest) : Buffer.concat([this.kept, rest]);
  }
}
