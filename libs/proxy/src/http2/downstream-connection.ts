// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';
import { Fault } from '@weir/base';
import type { ConnectionHost, ServedConnection } from '../engine/connection-host.ts';
import type { ByteSource } from '../http1/byte-source.ts';
import { SocketWriter } from '../http1/socket-writer.ts';
import { Http2Connection } from './connection.ts';
import type { ConnectionRole } from './connection.ts';
import { DownstreamStream } from './downstream-stream.ts';
import type { FieldBlock } from './field-block.ts';
import { STREAM_WINDOW_BYTES } from './flow-window.ts';
import { FrameWriter } from './frame-writer.ts';
import { ConnectionError, ERROR_CODE, MAX_STREAM_ID, PREFACE } from './frame.ts';
import type { ErrorCode } from './frame.ts';
import { MalformedRequest, requestFromBlock } from './request-from-block.ts';
import { SETTING } from './settings.ts';

/** Time for the last frames to reach a peer that is done for, before the socket is destroyed. */
const LINGER_MS = 1_000;

/** The server side of one HTTP/2 connection (RFC 9113): requests in, several at a time, answers out as they come. */
export class Http2DownstreamConnection implements ServedConnection, ConnectionRole {
  private readonly socket: Socket;
  private readonly host: ConnectionHost;
  private readonly http2: Http2Connection;
  /** Octets of the preface that have come. */
  private prefaceBytes = 0;
  private lastStreamId = 0;
  private goAway: 'none' | 'announced' | 'final' = 'none';
  private isClosed = false;
  private isLingering = false;
  private lastActivityMs: number;
  /** When the client last took all that it was sent. */
  private lastTakenMs: number;

  constructor(source: ByteSource, host: ConnectionHost) {
    const { socket } = source;
    this.socket = socket;
    this.host = host;
    this.lastActivityMs = host.coarseNowMs;
    this.lastTakenMs = host.coarseNowMs;
    this.http2 = new Http2Connection({
      frames: new FrameWriter(new SocketWriter(socket, host.batch)),
      limits: host.limits,
      nowMs: () => host.coarseNowMs,
      keep: chunk => source.keep(chunk),
      role: this,
    });
    this.http2.begin([
      [SETTING.maxConcurrentStreams, host.limits.maxConcurrentStreams],
      [SETTING.initialWindowSize, STREAM_WINDOW_BYTES],
      [SETTING.maxHeaderListSize, host.limits.maxHeadBytes],
      [SETTING.enableConnectProtocol, 1],
    ]);
    source.listen(bytes => this.receive(bytes));
    socket.on('drain', () => this.onDrain());
    socket.on('end', () => this.destroy());
    socket.on('error', () => this.destroy());
    socket.on('close', () => this.onClose());
  }

  /** Bytes of the client; valid during the call only. */
  receive(bytes: Buffer): void {
    if (this.isLingering) return;
    this.lastActivityMs = this.host.coarseNowMs;
    try {
      const rest = this.prefaceBytes < PREFACE.length ? this.takePreface(bytes) : bytes;
      if (rest.length > 0) this.http2.push(rest);
    } catch (reason) {
      this.fail(reason);
    }
  }

  sweep(nowMs: number): void {
    const silentMs = nowMs - this.lastActivityMs;
    if (this.isLingering) {
      if (silentMs > LINGER_MS) this.destroy();
      return;
    }
    const { headTimeoutMs, bodyTimeoutMs } = this.host.limits;
    if (!this.http2.isBlocked) this.lastTakenMs = nowMs;
    else if (nowMs - this.lastTakenMs > bodyTimeoutMs) {
      // Windows that are wide open say nothing of a client that does not read: no stream could tell.
      this.destroy();
      return;
    }
    if (this.http2.isOverdue(nowMs - headTimeoutMs)) {
      this.giveUp(new Fault('request_timeout', `HTTP/2 frame or header section not complete within ${headTimeoutMs} ms`));
      return;
    }
    for (const stream of [...this.http2.streams.values()]) stream.sweep(nowMs);
    if (this.http2.streams.size === 0) this.sweepIdle(silentMs);
    if (this.host.isDraining) this.goOnDraining();
  }

  failAll(fault: Fault): void {
    if (this.isLingering || this.isClosed) return;
    this.sayGoodbye();
    for (const stream of [...this.http2.streams.values()]) if (stream instanceof DownstreamStream) stream.fail(fault);
    if (this.http2.streams.size === 0) this.end();
  }

  destroy(): void {
    if (this.isClosed) return;
    this.socket.destroy();
    this.onClose();
  }

  onNewStream(streamId: number, block: FieldBlock, isEnd: boolean): void {
    if (streamId % 2 === 0 || streamId <= this.lastStreamId) {
      throw new ConnectionError(ERROR_CODE.protocolError, `stream ${streamId} cannot be opened by a client now`);
    }
    this.lastStreamId = streamId;
    const isFull = this.http2.streams.size >= this.host.limits.maxConcurrentStreams;
    if (isFull || this.goAway === 'final') {
      this.http2.spend();
      this.http2.refuse(streamId, ERROR_CODE.refusedStream);
      return;
    }
    const stream = new DownstreamStream(streamId, this.http2, this.host);
    this.http2.add(stream);
    this.startStream(stream, block, isEnd);
  }

  isUsed(streamId: number): boolean {
    return streamId <= this.lastStreamId && streamId % 2 === 1;
  }

  /** A client that goes away still wants the answers that it waits for. */
  onGoAway(): void {
    if (this.http2.streams.size === 0) this.end();
  }

  onSettings(): void {
    // Windows are all that matters here, and the connection has seen to them.
  }

  onStreamClosed(): void {
    if (this.http2.streams.size > 0) return;
    this.lastActivityMs = this.host.coarseNowMs;
    if (this.goAway === 'final') this.end();
  }

  private startStream(stream: DownstreamStream, block: FieldBlock, isEnd: boolean): void {
    const scheme = this.host.downstream.isTls ? 'https' : 'http';
    try {
      stream.start(requestFromBlock(block, scheme, isEnd), isEnd);
    } catch (reason) {
      if (reason instanceof MalformedRequest) {
        this.host.onRefused(new Fault('bad_request', reason.message), 'HTTP/2');
        stream.reset(ERROR_CODE.protocolError);
      } else {
        stream.refuse(Fault.from(reason), isEnd);
      }
    }
  }

  private takePreface(bytes: Buffer): Buffer {
    const length = Math.min(bytes.length, PREFACE.length - this.prefaceBytes);
    if (!bytes.subarray(0, length).equals(PREFACE.subarray(this.prefaceBytes, this.prefaceBytes + length))) {
      throw new ConnectionError(ERROR_CODE.protocolError, 'no preface of HTTP/2');
    }
    this.prefaceBytes += length;
    return bytes.subarray(length);
  }

  private fail(reason: unknown): void {
    const error = reason instanceof ConnectionError ? reason : new ConnectionError(ERROR_CODE.internalError, 'internal error');
    const fault =
      reason instanceof ConnectionError
        ? new Fault('bad_request', `HTTP/2 connection ended: ${reason.message}`)
        : Fault.from(reason);
    this.host.onRefused(fault, 'HTTP/2');
    this.end(error.code, error.message);
  }

  private onDrain(): void {
    this.lastTakenMs = this.host.coarseNowMs;
    this.http2.flush();
  }

  /** The frames of all other streams wait behind one that does not end. */
  private giveUp(fault: Fault): void {
    this.host.onRefused(fault, 'HTTP/2');
    this.end(ERROR_CODE.enhanceYourCalm, fault.message);
  }

  private sweepIdle(silentMs: number): void {
    const { limits } = this.host;
    const isNew = this.prefaceBytes < PREFACE.length;
    if (silentMs > (isNew ? limits.headTimeoutMs : limits.idleTimeoutMs)) this.end();
  }

  /** First no more requests than are on their way, then, a sweep later, no more than have come (RFC 9113 §6.8). */
  private goOnDraining(): void {
    if (this.goAway === 'none') {
      this.goAway = 'announced';
      this.http2.frames.writeGoAway(MAX_STREAM_ID, ERROR_CODE.noError, '');
    } else if (this.goAway === 'announced') {
      this.sayGoodbye();
      if (this.http2.streams.size === 0) this.end();
    }
  }

  /** From here on no request is taken. */
  private sayGoodbye(): void {
    if (this.goAway === 'final') return;
    this.goAway = 'final';
    this.http2.frames.writeGoAway(this.lastStreamId, ERROR_CODE.noError, '');
  }

  /** Says goodbye and keeps reading for a moment: closing at once would reset the connection and lose what was sent. */
  private end(code: ErrorCode = ERROR_CODE.noError, detail = ''): void {
    if (this.isLingering || this.isClosed) return;
    this.http2.breakOffAll(code, detail === '' ? 'the connection ended' : detail);
    this.http2.frames.writeGoAway(this.lastStreamId, code, detail);
    this.http2.stop();
    this.isLingering = true;
    this.lastActivityMs = this.host.coarseNowMs;
    this.socket.end();
  }

  private onClose(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.http2.breakOffAll(ERROR_CODE.cancel, 'the client closed the connection');
    this.host.onClosed(this);
  }
}
