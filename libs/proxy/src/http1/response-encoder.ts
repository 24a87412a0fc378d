// SPDX-License-Identifier: Apache-2.0
import type { Fault, HeaderList, ResponseHead } from '@weir/base';
import { hasNoBody } from './framing.ts';
import { responseHeadText, trailersText } from './head-writer.ts';
import type { SocketWriter } from './socket-writer.ts';

/** What of a request decides how its answer is framed. */
export interface AnswerContext {
  readonly method: string;
  readonly isHttp10: boolean;
}

type BodyEncoding = 'none' | 'length' | 'chunked' | 'untilClose' | 'switched';

/** Writes the answers of one connection, each with the framing that its client understands (RFC 9112 §6). */
export class ResponseEncoder {
  private readonly writer: SocketWriter;
  private encoding: BodyEncoding = 'none';

  constructor(writer: SocketWriter) {
    this.writer = writer;
  }

  writeInformation(head: ResponseHead): void {
    this.writer.writeText(`${responseHeadText(head)}\r\n`);
  }

  /** Whether only the end of the connection tells that of the body. */
  get endsWithConnection(): boolean {
    return this.encoding === 'untilClose' || this.encoding === 'switched';
  }

  /** Writes the head and decides how the body will end. */
  writeHead(head: ResponseHead, context: AnswerContext, isClosing: boolean): void {
    this.encoding = encodingOf(head, context);
    if (this.encoding === 'switched') {
      this.writer.writeText(`${responseHeadText(head)}connection: upgrade\r\nupgrade: websocket\r\n\r\n`);
      return;
    }
    const connection = isClosing || this.endsWithConnection ? 'connection: close\r\n' : keepAliveText(context);
    this.writer.writeText(`${responseHeadText(head)}${framingText(head, this.encoding)}${connection}\r\n`);
  }

  /** False when the source should wait. */
  writeData(chunk: Buffer): boolean {
    if (this.encoding === 'none') return true;
    if (this.encoding !== 'chunked') return this.writer.writeBytes(chunk);
    this.writer.writeText(`${chunk.length.toString(16)}\r\n`);
    const isTaking = this.writer.writeBytes(chunk);
    this.writer.writeText('\r\n');
    return isTaking;
  }

  writeEnd(trailers: HeaderList | undefined): void {
    if (this.encoding === 'chunked') this.writer.writeText(`0\r\n${trailersText(trailers)}`);
    this.writer.flush();
  }

  /** Tells a client that its bytes could not be read; the connection ends after it. */
  writeRefusal(fault: Fault, dateText: string): void {
    const { status, title } = fault.spec;
    const body = JSON.stringify({ title, status, code: fault.code });
    const fields = `content-type: application/problem+json\r\ndate: ${dateText}\r\ncontent-length: ${body.length}\r\nconnection: close`;
    this.writer.writeText(`HTTP/1.1 ${status} ${title}\r\n${fields}\r\n\r\n${body}`);
    this.writer.flush();
  }
}

function encodingOf(head: ResponseHead, { method, isHttp10 }: AnswerContext): BodyEncoding {
  if (head.status === 101) return 'switched';
  if (hasNoBody({ requestMethod: method, status: head.status })) return 'none';
  if (head.contentLength !== undefined) return 'length';
  return isHttp10 ? 'untilClose' : 'chunked';
}

function framingText({ status, contentLength }: ResponseHead, encoding: BodyEncoding): string {
  if (encoding === 'chunked') return 'transfer-encoding: chunked\r\n';
  // A 204 has no length, not even 0 (RFC 9110 §8.6); answers to HEAD and 304 tell the one that a GET would have.
  return contentLength === undefined || status === 204 ? '' : `content-length: ${contentLength}\r\n`;
}

function keepAliveText({ isHttp10 }: AnswerContext): string {
  return isHttp10 ? 'connection: keep-alive\r\n' : '';
}
