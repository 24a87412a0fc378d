// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { Fault } from '@weir/base';
import type { Limits } from '../engine/settings.ts';
import { ReadMemory } from '../http1/read-memory.ts';
import { SocketWriter } from '../http1/socket-writer.ts';
import type { WriteBatch } from '../http1/socket-writer.ts';
import type { UpstreamJob } from '../http1/upstream-connection.ts';
import { innerProtocolOf } from '../mesh/mesh-protocols.ts';
import { connectFault, openUpstreamSocket, usableUntilMs } from '../upstream/upstream-socket.ts';
import type { UpstreamTarget } from '../upstream/upstream-socket.ts';
import { Http2Connection } from './connection.ts';
import type { ConnectionRole } from './connection.ts';
import { STREAM_WINDOW_BYTES } from './flow-window.ts';
import { FrameWriter } from './frame-writer.ts';
import { ConnectionError, ERROR_CODE, MAX_STREAM_ID, PREFACE } from './frame.ts';
import type { ErrorCode } from './frame.ts';
import { SETTING } from './settings.ts';
import { UpstreamStream } from './upstream-stream.ts';
import type { UpstreamStreamHost } from './upstream-stream.ts';
import { connectDeadline } from '../upstream/connect-deadline.ts';

/** What a connection tells its pool. */
export interface Http2UpstreamHost {
  readonly limits: Limits;
  readonly batch: WriteBatch;
  readonly coarseNowMs: number;
  onClosed(connection: Http2UpstreamConnection): void;
}

/** A request that was given to a connection. */
export interface UpstreamRequest {
  resume(): void;
  cancel(): void;
}

type State = 'connecting' | 'open' | 'closed';

/** The client side of one HTTP/2 connection to an endpoint: as many requests at a time as its server takes. */
export class Http2UpstreamConnection implements ConnectionRole, UpstreamStreamHost {
  readonly scheme: 'http' | 'https';
  private readonly target: UpstreamTarget;
  private readonly host: Http2UpstreamHost;
  private readonly socket: Socket;
  private readonly memory = new ReadMemory();
  private readonly http2: Http2Connection;
  private readonly connectDeadlineMs: number;
  private readonly waiting: WaitingRequest[] = [];
  private state: State = 'connecting';
  private nextStreamId = 1;
  private isGoingAway = false;
  private lastActivityMs: number;
  /** When the server last took all that it was sent. */
  private lastTakenMs: number;
  private failure: Error | undefined;
  private usableUntilMs = Infinity;

  /** `openSocket`: another one for connections without a network. */
  constructor(target: UpstreamTarget, host: Http2UpstreamHost, openSocket = openUpstreamSocket) {
    this.scheme = target.preamble?.tls === undefined ? 'http' : 'https';
    this.target = target;
    this.host = host;
    this.lastActivityMs = host.coarseNowMs;
    this.lastTakenMs = host.coarseNowMs;
    this.connectDeadlineMs = connectDeadline(host.coarseNowMs, target.connectTimeoutMs);
    this.socket = openSocket(target, this.memory, {
      onReady: () => this.onReady(),
      onBytes: bytes => this.onBytes(bytes),
    });
    this.http2 = new Http2Connection({
      frames: new FrameWriter(new SocketWriter(this.socket, host.batch)),
      limits: host.limits,
      nowMs: () => host.coarseNowMs,
      keep: chunk => this.memory.keep(chunk),
      role: this,
    });
    this.socket.on('drain', () => this.onDrain());
    this.socket.on('end', () => this.onServerEnd());
    this.socket.on('error', error => (this.failure = error));
    this.socket.on('close', () => this.close(this.failure?.message ?? 'the upstream closed the connection'));
  }

  get limits(): Limits {
    return this.host.limits;
  }

  get coarseNowMs(): number {
    return this.host.coarseNowMs;
  }

  /** Whether another request may be sent on it now. */
  get hasRoom(): boolean {
    if (this.state === 'closed' || this.isGoingAway || this.nextStreamId > MAX_STREAM_ID) return false;
    if (this.host.coarseNowMs >= this.usableUntilMs) return false;
    const maxStreams = Math.min(this.http2.peer.maxConcurrentStreams, this.limits.maxUpstreamStreams);
    return this.http2.streams.size + this.waiting.length < maxStreams;
  }

  /** Whether nobody uses it. */
  get isIdle(): boolean {
    return this.http2.streams.size + this.waiting.length === 0;
  }

  /** Whether it has carried a request before the one that runs. */
  get hasServedBefore(): boolean {
    return this.nextStreamId > FIRST_STREAM_ID + 2;
  }

  /** Sends a request, at once or when connected. The handler hears of it from later events only. */
  send(job: UpstreamJob): UpstreamRequest {
    this.lastActivityMs = this.host.coarseNowMs;
    if (this.isReadyFor(job)) return this.open(job);
    const request = new WaitingRequest(job);
    this.waiting.push(request);
    if (this.http2.hasPeerSettings) queueMicrotask(() => this.openWaiting());
    return request;
  }

  /** Takes no more requests, and ends after the last. */
  retire(): void {
    this.isGoingAway = true;
    if (this.isIdle) this.close('no longer needed');
  }

  close(detail: string, code: ErrorCode = ERROR_CODE.connectError): void {
    if (this.state === 'closed') return;
    const wasConnecting = this.state === 'connecting';
    this.state = 'closed';
    this.http2.stop();
    this.socket.destroy();
    const fault = wasConnecting
      ? connectFault(this.target, this.failure)
      : new Fault('upstream_reset_before_request', detail, this.failure === undefined ? undefined : { cause: this.failure });
    for (const { job } of this.waiting.splice(0)) job?.handler.onFault(fault);
    this.http2.breakOffAll(code, detail);
    this.host.onClosed(this);
  }

  sweep(nowMs: number): void {
    if (this.state === 'connecting') {
      if (nowMs > this.connectDeadlineMs) this.failConnecting();
      return;
    }
    if (nowMs >= this.usableUntilMs) this.retire();
    if (!this.http2.isBlocked) this.lastTakenMs = nowMs;
    else if (nowMs - this.lastTakenMs > this.limits.bodyTimeoutMs) {
      this.close(`the upstream took nothing for ${this.limits.bodyTimeoutMs} ms`, ERROR_CODE.cancel);
      return;
    }
    for (const stream of [...this.http2.streams.values()]) stream.sweep(nowMs);
    const isIdle = this.http2.streams.size === 0;
    if (isIdle && nowMs - this.lastActivityMs > this.limits.upstreamIdleTimeoutMs) this.end(ERROR_CODE.noError, 'idle');
  }

  onNewStream(streamId: number): void {
    throw new ConnectionError(ERROR_CODE.protocolError, `stream ${streamId}, which a server cannot open`);
  }

  isUsed(streamId: number): boolean {
    return streamId % 2 === 1 && streamId < this.nextStreamId;
  }

  /** Requests beyond the last one that the server will look at have not been processed (RFC 9113 §6.8). */
  onGoAway(lastStreamId: number): void {
    this.isGoingAway = true;
    for (const stream of [...this.http2.streams.values()]) {
      if (stream.id > lastStreamId) stream.breakOff(ERROR_CODE.refusedStream, 'the upstream is going away');
    }
    if (this.http2.streams.size === 0) this.close('the upstream is going away');
  }

  onSettings(): void {
    if (this.http2.peer.allowsPush) throw new ConnectionError(ERROR_CODE.protocolError, 'a server that allows pushes');
    this.openWaiting();
  }

  onStreamClosed(): void {
    this.lastActivityMs = this.host.coarseNowMs;
    // A server may soon take the next reset for an attack, and end the connection under those who have nothing to do with it.
    if (this.isGoingAway || this.http2.resetCount >= this.limits.maxUpstreamResets) this.retire();
  }

  private open(job: UpstreamJob): UpstreamStream {
    const stream = new UpstreamStream(this.nextStreamId, this.http2, { job, host: this });
    this.nextStreamId += 2;
    this.http2.add(stream);
    stream.start();
    return stream;
  }

  private onReady(): void {
    if (this.socket instanceof TLSSocket && !speaksHttp2(this.socket.alpnProtocol)) {
      // What it would take our frames for is anybody's guess (RFC 9113 §3.2).
      this.failure = new Error('the upstream did not agree to HTTP/2 (ALPN h2)');
      this.close(this.failure.message);
      return;
    }
    this.state = 'open';
    this.lastActivityMs = this.host.coarseNowMs;
    this.lastTakenMs = this.lastActivityMs;
    this.usableUntilMs = usableUntilMs(this.target, this.socket, this.lastActivityMs);
    this.http2.frames.writeText(PREFACE.toString('latin1'));
    this.http2.begin([
      [SETTING.enablePush, 0],
      [SETTING.initialWindowSize, STREAM_WINDOW_BYTES],
      [SETTING.maxHeaderListSize, this.limits.maxHeadBytes],
    ]);
    this.openWaiting();
  }

  private onDrain(): void {
    this.lastTakenMs = this.host.coarseNowMs;
    this.http2.flush();
  }

  private onServerEnd(): void {
    // In TLS an error says more, and is on its way or was there just before; the socket closes with it.
    if (this.state !== 'connecting' && this.failure === undefined) this.close('the upstream closed the connection');
  }

  /** Whether a server takes tunnels is known only from its settings (RFC 8441 §3). */
  private isReadyFor({ exchange }: UpstreamJob): boolean {
    return this.state === 'open' && (exchange.upgrade === undefined || this.http2.peer.takesConnectProtocol);
  }

  private openWaiting(): void {
    for (const request of this.waiting.splice(0)) {
      const { job } = request;
      if (job === undefined) continue;
      if (this.isReadyFor(job)) request.stream = this.open(job);
      else if (this.http2.hasPeerSettings) {
        job.handler.onFault(new Fault('upstream_protocol_error', 'the upstream takes no WebSocket over HTTP/2'));
      } else this.waiting.push(request);
    }
  }

  private onBytes(bytes: Buffer): void {
    try {
      this.http2.push(bytes);
    } catch (reason) {
      const error = reason instanceof ConnectionError ? reason : new ConnectionError(ERROR_CODE.internalError, String(reason));
      this.end(error.code, error.message, ERROR_CODE.protocolError);
    }
  }

  private end(code: ErrorCode, detail: string, streamCode?: ErrorCode): void {
    if (this.state === 'closed') return;
    this.http2.frames.writeGoAway(0, code, detail);
    this.close(detail, streamCode);
  }

  private failConnecting(): void {
    for (const { job } of this.waiting.splice(0)) {
      job?.handler.onFault(new Fault('upstream_connect_timeout', 'no connection in time'));
    }
    this.close('no connection in time');
  }
}

const FIRST_STREAM_ID = 1;

/** `protocol`: what was agreed upon in the handshake. */
function speaksHttp2(protocol: string | false | null): boolean {
  return protocol === 'h2' || innerProtocolOf(protocol) === 'http2';
}

/** A request that waits for its connection. */
class WaitingRequest implements UpstreamRequest {
  /** Undefined = nobody wants it any more. */
  job: UpstreamJob | undefined;
  stream: UpstreamStream | undefined;

  constructor(job: UpstreamJob) {
    this.job = job;
  }

  resume(): void {
    this.stream?.resume();
  }

  cancel(): void {
    this.job = undefined;
    this.stream?.cancel();
  }
}
