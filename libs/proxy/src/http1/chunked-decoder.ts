// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { FaultCode, HeaderList } from '@weir/base';
import { parseFields } from './fields.ts';
import type { FramingFields } from './fields.ts';
import { HeadLines } from './head-lines.ts';

export interface ChunkedEvents {
  onChunkData(data: Buffer): void;
  onChunkedEnd(trailers: HeaderList | undefined): void;
}

export interface ChunkedRules {
  readonly maxTrailerBytes: number;
  readonly maxHeaderCount: number;
  readonly malformed: FaultCode;
}

type State = 'size' | 'data' | 'dataEnd' | 'trailers' | 'done';

const CR = 0x0d;
const LF = 0x0a;
/** 12 hexadecimal digits are 256 TiB; extensions are dropped, so a line has no reason to be longer. */
const MAX_SIZE_LINE = 256;
const SIZE_LINE = /^([0-9A-Fa-f]{1,12})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?$/;

/** Decodes the chunked coding (RFC 9112 §7.1), fed with whatever bytes come. Each malformed byte throws. */
export class ChunkedDecoder {
  private readonly events: ChunkedEvents;
  private readonly rules: ChunkedRules;
  private state: State = 'size';
  /** Bytes of the current line that came so far: a size line, the end of a chunk, or the whole trailer section. */
  private line = '';
  private remainingBytes = 0;

  constructor(events: ChunkedEvents, rules: ChunkedRules) {
    this.events = events;
    this.rules = rules;
  }

  get isDone(): boolean {
    return this.state === 'done';
  }

  reset(): void {
    this.state = 'size';
    this.line = '';
    this.remainingBytes = 0;
  }

  /** Takes bytes from `start` and returns the index of the first that is not part of this body. */
  push(bytes: Buffer, start: number): number {
    let position = start;
    while (position < bytes.length && this.state !== 'done') {
      position = this.state === 'data' ? this.takeData(bytes, position) : this.takeLine(bytes, position);
    }
    return position;
  }

  private takeData(bytes: Buffer, start: number): number {
    const end = Math.min(bytes.length, start + this.remainingBytes);
    this.remainingBytes -= end - start;
    if (this.remainingBytes === 0) this.state = 'dataEnd';
    this.events.onChunkData(bytes.subarray(start, end));
    return end;
  }

  private takeLine(bytes: Buffer, start: number): number {
    const lineFeed = bytes.indexOf(LF, start);
    const end = lineFeed === -1 ? bytes.length : lineFeed + 1;
    this.assertRoom(end - start);
    this.line += bytes.toString('latin1', start, end);
    if (lineFeed === -1) {
      this.assertNoStrayCarriageReturn();
      return end;
    }
    if (this.line.charCodeAt(this.line.length - 2) !== CR) this.fail('a line of a chunked body ends without CR');
    this.endLine();
    return end;
  }

  /** In the trailer section `line` gathers all lines, so its own limit applies. */
  private assertRoom(addedBytes: number): void {
    const limit = this.state === 'trailers' ? this.rules.maxTrailerBytes : MAX_SIZE_LINE;
    if (this.line.length + addedBytes > limit) this.fail('a line of a chunked body is too long');
  }

  /** Refuses at once what could only be completed to garbage, instead of waiting for more. */
  private assertNoStrayCarriageReturn(): void {
    const at = this.state === 'trailers' ? this.line.lastIndexOf('\r') : this.line.indexOf('\r');
    if (at !== -1 && at !== this.line.length - 1 && this.line.charCodeAt(at + 1) !== LF) this.fail('a bare CR in a chunked body');
  }

  private endLine(): void {
    if (this.state === 'trailers') {
      if (this.line === '\r\n' || this.line.endsWith('\r\n\r\n')) this.endTrailers();
      return;
    }
    const line = this.line.substring(0, this.line.length - 2);
    this.line = '';
    if (this.state === 'dataEnd') {
      if (line !== '') this.fail('a chunk is longer than its size');
      this.state = 'size';
      return;
    }
    const match = SIZE_LINE.exec(line);
    if (match === null) this.fail('malformed chunk size');
    this.remainingBytes = Number.parseInt(match[1] ?? '', 16);
    this.state = this.remainingBytes === 0 ? 'trailers' : 'data';
  }

  private endTrailers(): void {
    const section = this.line.substring(0, Math.max(0, this.line.length - 4));
    this.line = '';
    this.state = 'done';
    if (section === '') {
      this.events.onChunkedEnd(undefined);
      return;
    }
    const { malformed, maxHeaderCount } = this.rules;
    const { headers, framing } = parseFields(HeadLines.of(section), 0, {
      maxCount: maxHeaderCount,
      malformed,
      tooMany: malformed,
    });
    if (hasFraming(framing)) this.fail('a framing field in the trailer section');
    this.events.onChunkedEnd(headers);
  }

  private fail(detail: string): never {
    throw new Fault(this.rules.malformed, detail);
  }
}

/** Fields that must not come late (RFC 9110 §6.5.1): a recipient that merged them would frame or route anew. */
function hasFraming(framing: FramingFields): boolean {
  return (
    framing.hostCount + framing.contentLengthCount + framing.transferEncodingCount > 0 ||
    framing.connection !== undefined ||
    framing.expect !== undefined ||
    framing.te !== undefined ||
    framing.upgrade !== undefined
  );
}
