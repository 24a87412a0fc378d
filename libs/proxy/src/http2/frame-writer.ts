// SPDX-License-Identifier: Apache-2.0
import type { SocketWriter } from '../http1/socket-writer.ts';
import { FLAG, FRAME, frameHeadText, MAX_FRAME_BYTES, uint32Text } from './frame.ts';
import type { ErrorCode } from './frame.ts';
import { settingsText } from './settings.ts';

/** A dynamic table size update to 0 (RFC 7541 §6.3). */
const TABLE_OF_NOTHING = '\x20';

/** Writes the frames of one connection (RFC 9113 §6). Windows are the caller's business. */
export class FrameWriter {
  private readonly writer: SocketWriter;
  /** What the next header block begins with. */
  private blockStart = '';

  constructor(writer: SocketWriter) {
    this.writer = writer;
  }

  get isBlocked(): boolean {
    return this.writer.isBlocked;
  }

  writeText(text: string): void {
    this.writer.writeText(text);
  }

  writeSettings(settings: readonly (readonly [identifier: number, value: number])[]): void {
    this.writer.writeText(settingsText(settings));
  }

  acknowledgeSettings(): void {
    this.writer.writeText(frameHeadText({ length: 0, type: FRAME.settings, flags: FLAG.ack, streamId: 0 }));
  }

  acknowledgePing(payload: Buffer): void {
    const head = { length: payload.length, type: FRAME.ping, flags: FLAG.ack, streamId: 0 };
    this.writer.writeText(frameHeadText(head) + payload.toString('latin1'));
  }

  /**
   * The peer wants a smaller table than there is: the next header block has to say what size it is now (RFC 7541 §4.2), or decoders end
   * the connection. Nothing is ever put into it, so it is 0 from here on.
   */
  giveUpTable(): void {
    this.blockStart = TABLE_OF_NOTHING;
  }

  /** A header section; `fields` is what the encoder made of it. */
  writeHeaders(streamId: number, fields: string, isEnd: boolean): void {
    const block = this.blockStart + fields;
    this.blockStart = '';
    const endStream = isEnd ? FLAG.endStream : FLAG.none;
    let type: number = FRAME.headers;
    let flags: number = endStream;
    for (let at = 0; at === 0 || at < block.length; at += MAX_FRAME_BYTES) {
      const isLast = at + MAX_FRAME_BYTES >= block.length;
      const piece = at === 0 && isLast ? block : block.slice(at, at + MAX_FRAME_BYTES);
      if (isLast) flags |= FLAG.endHeaders;
      this.writer.writeText(frameHeadText({ length: piece.length, type, flags, streamId }) + piece);
      type = FRAME.continuation;
      flags = FLAG.none;
    }
  }

  writeData(streamId: number, chunk: Buffer, isEnd: boolean): void {
    const flags = isEnd ? FLAG.endStream : FLAG.none;
    this.writer.writeText(frameHeadText({ length: chunk.length, type: FRAME.data, flags, streamId }));
    if (chunk.length > 0) this.writer.writeBytes(chunk);
  }

  writeReset(streamId: number, code: ErrorCode): void {
    const head = { length: 4, type: FRAME.resetStream, flags: FLAG.none, streamId };
    this.writer.writeText(frameHeadText(head) + uint32Text(code));
  }

  writeWindowUpdate(streamId: number, bytes: number): void {
    const head = { length: 4, type: FRAME.windowUpdate, flags: FLAG.none, streamId };
    this.writer.writeText(frameHeadText(head) + uint32Text(bytes));
  }

  /** Goes out at once: what follows is often the end of the connection. */
  writeGoAway(lastStreamId: number, code: ErrorCode, detail: string): void {
    const head = { length: 8 + detail.length, type: FRAME.goAway, flags: FLAG.none, streamId: 0 };
    this.writer.writeText(frameHeadText(head) + uint32Text(lastStreamId) + uint32Text(code) + detail);
    this.writer.flush();
  }
}
