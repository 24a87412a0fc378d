// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';
import { Exchange, Fault } from '@weir/base';
import type { HeaderList, RequestBody, ResponseHead } from '@weir/base';
import type { ConnectionHost, ServedConnection } from '../engine/connection-host.ts';
import { silenceLimitMs } from '../engine/settings.ts';
import type { Responder, RunningExchange } from '../engine/responder.ts';
import { breakOff } from '../tcp/break-off.ts';
import { isOpenTunnel } from '../websocket/tunnel.ts';
import type { ByteSource } from './byte-source.ts';
import { DownstreamBody, EMPTY_BODY } from './downstream-body.ts';
import { CHUNKED } from './framing.ts';
import type { MessageReader } from './message-reader.ts';
import { createRequestReader } from './request-reader.ts';
import type { RequestEvents } from './request-reader.ts';
import type { ParsedRequest } from './request-head.ts';
import { isResetByPeer } from './reset-by-peer.ts';
import { requestHeadFromParsed } from './request-target.ts';
import { ResponseEncoder } from './response-encoder.ts';
import { ownSocket } from './socket-owner.ts';
import type { SocketOwner } from './socket-owner.ts';
import { SocketWriter } from './socket-writer.ts';

/** The server side of one HTTP/1.1 connection: requests in, one at a time, answers out in order (RFC 9112 §9). */
export class DownstreamConnection implements Responder, RequestEvents, ServedConnection, SocketOwner {
  private readonly socket: Socket;
  private readonly source: ByteSource;
  private readonly host: ConnectionHost;
  private readonly reader: MessageReader;
  private readonly writer: SocketWriter;
  private readonly encoder: ResponseEncoder;
  private running: RunningExchange | undefined;
  private body: DownstreamBody | undefined;
  private isRequestComplete = true;
  private isResponseComplete = true;
  private isHeadSent = false;
  private mustClose = false;
  private isPersistent = true;
  private isHttp10 = false;
  private expectsContinue = false;
  private isClosed = false;
  /** Has answered for the last time; what still comes is read and dropped. */
  private isLingering = false;
  private method = '';
  /** The client wants to switch to another protocol: whatever the answer, no other request follows on this connection. */
  private isUpgrade = false;
  private lastActivityMs: number;
  private headStartedMs = 0;

  constructor(source: ByteSource, host: ConnectionHost) {
    const { socket } = source;
    this.socket = socket;
    this.source = source;
    this.host = host;
    this.lastActivityMs = host.coarseNowMs;
    this.writer = new SocketWriter(socket, host.batch);
    this.encoder = new ResponseEncoder(this.writer);
    this.reader = createRequestReader(this, host.limits);
    source.listen(bytes => this.receive(bytes));
    ownSocket(socket, this);
  }

  /** Whether no request is running or on its way in. */
  get isIdle(): boolean {
    return this.running === undefined && this.reader.isIdle;
  }

  /** Bytes of the client; valid during the call only. */
  receive(bytes: Buffer): void {
    if (this.isLingering) return;
    this.lastActivityMs = this.host.coarseNowMs;
    if (this.running === undefined && this.reader.isIdle) this.headStartedMs = this.lastActivityMs;
    try {
      this.reader.push(bytes);
    } catch (reason) {
      this.onMalformed(Fault.from(reason));
      return;
    }
    this.holdBack();
  }

  /** Closes the connection if its peer has been silent for too long. */
  sweep(nowMs: number): void {
    const silentMs = nowMs - this.lastActivityMs;
    if (this.running === undefined) {
      this.sweepWithoutRequest(nowMs, silentMs);
      return;
    }
    if (this.socket.isPaused() && isResetByPeer(this.socket)) this.destroy();
    if (!this.isClosed) this.sweepRequest(silentMs);
  }

  failAll(fault: Fault): void {
    const { running } = this;
    if (running !== undefined && isOpenTunnel(running.exchange)) return;
    if (running !== undefined) running.fail(fault);
    else if (this.isRequestComplete && !this.reader.isIdle && !this.mustClose) this.refuse(fault);
    this.closeIdle();
  }

  sendInformation(head: ResponseHead): void {
    if (!this.isHttp10) this.encoder.writeInformation(head);
  }

  sendHead(head: ResponseHead): void {
    this.isHeadSent = true;
    this.decideToClose();
    this.encoder.writeHead(head, { method: this.method, isHttp10: this.isHttp10 }, this.mustClose);
    if (this.encoder.endsWithConnection) this.mustClose = true;
  }

  sendData(chunk: Buffer): boolean {
    if (this.isClosed) return true;
    this.lastActivityMs = this.host.coarseNowMs;
    return this.encoder.writeData(chunk);
  }

  sendEnd(trailers: HeaderList | undefined): void {
    if (this.isClosed) return;
    this.encoder.writeEnd(trailers);
    this.running = undefined;
    this.isResponseComplete = true;
    if (this.mustClose) this.closeAfterResponse();
    else if (this.isRequestComplete) this.nextRequest();
    else this.body?.discard(this.host.limits.maxDiscardBytes);
  }

  abort(): void {
    this.running = undefined;
    // To a client that waits for the end of the connection, an orderly one would be that of the answer.
    if (this.encoder.endsWithConnection && !this.isUpgrade) breakOff(this.socket);
    this.destroy();
  }

  pauseReading(): void {
    this.socket.pause();
  }

  resumeReading(): void {
    if (!this.isClosed && this.socket.isPaused()) this.socket.resume();
  }

  onBodyWanted(): void {
    if (!this.expectsContinue || this.isHeadSent) return;
    this.expectsContinue = false;
    this.writer.writeText('HTTP/1.1 100 Continue\r\n\r\n');
    this.writer.flush();
  }

  onDiscardLimit(): void {
    this.destroy();
  }

  destroy(): void {
    if (this.isClosed) return;
    this.socket.destroy();
    this.onClose();
  }

  onRequest(request: ParsedRequest): void {
    const { host } = this;
    this.isRequestComplete = false;
    this.isResponseComplete = false;
    this.isHeadSent = false;
    this.isHttp10 = request.minorVersion === 0;
    this.isPersistent = request.isPersistent;
    this.expectsContinue = request.expectsContinue && request.bodyLength !== 0;
    this.method = request.method;
    const exchange = new Exchange({
      request: requestHeadFromParsed(request, host.downstream.isTls ? 'https' : 'http'),
      body: this.openBody(request),
      downstream: host.downstream,
      startedMs: host.clock.nowMs(),
      protocol: this.isHttp10 ? 'HTTP/1.0' : 'HTTP/1.1',
    });
    exchange.target = request.target;
    exchange.upgrade = request.upgrade;
    this.isUpgrade = request.upgrade !== undefined;
    const running = host.handle(exchange, this);
    // An answer made on the spot is over before `handle` returns.
    if (!running.isEnded) this.running = running;
  }

  onRequestData(chunk: Buffer): void {
    // A client may stop waiting for 100 (Continue) on its own (RFC 9110 §10.1.1).
    this.expectsContinue = false;
    if (this.running !== undefined) this.running.exchange.bytesReceived += chunk.length;
    this.body?.onData(this.source.keep(chunk));
  }

  onRequestEnd(trailers: HeaderList | undefined): void {
    this.isRequestComplete = true;
    this.body?.onEnd(this.running?.admitTrailers(trailers));
    if (this.isResponseComplete && !this.mustClose) this.nextRequest();
  }

  onDrain(): void {
    this.lastActivityMs = this.host.coarseNowMs;
    this.running?.resume();
  }

  onPeerEnd(): void {
    if (this.isUpgrade && this.isHeadSent && this.running !== undefined) {
      this.reader.end();
      return;
    }
    // As other proxies do: a client that ends its side is taken to have given up.
    if (this.running !== undefined || !this.isResponseComplete) this.destroy();
    else if (!this.mustClose) this.destroy();
  }

  onSocketError(): void {
    this.destroy();
  }

  onSocketClose(): void {
    this.onClose();
  }

  private sweepRequest(silentMs: number): void {
    const { bodyTimeoutMs, tunnelIdleTimeoutMs } = this.host.limits;
    const exchange = this.running?.exchange;
    if (silentMs > bodyTimeoutMs && this.writer.isBlocked) this.destroy();
    else if (this.isUpgrade) {
      // What a handshake waits for is its answer, and how long is for the upstream's side to say.
      if (this.isHeadSent && silentMs > silenceLimitMs(tunnelIdleTimeoutMs, exchange)) this.destroy();
    } else if (silentMs > silenceLimitMs(bodyTimeoutMs, exchange) && !this.isRequestComplete && !this.socket.isPaused()) {
      this.failBody(new Fault('request_timeout', 'the request body stopped coming'));
    }
  }

  private sweepWithoutRequest(nowMs: number, silentMs: number): void {
    const { limits } = this.host;
    if (this.isLingering) {
      if (silentMs > LINGER_MS) this.destroy();
    } else if (this.reader.isIdle) {
      if (silentMs > limits.idleTimeoutMs) this.destroy();
      else if (this.host.isDraining && silentMs > LAST_CALL_MS) this.closeIdle();
    } else if (nowMs - this.headStartedMs > limits.headTimeoutMs) {
      this.refuse(new Fault('request_timeout', 'the request head did not come in time'));
    }
  }

  private openBody(request: ParsedRequest): RequestBody {
    if (request.bodyLength === 0) {
      this.body = undefined;
      return EMPTY_BODY;
    }
    this.body = new DownstreamBody(this, request.bodyLength === CHUNKED ? undefined : request.bodyLength);
    return this.body;
  }

  private nextRequest(): void {
    this.body = undefined;
    this.source.rest();
    this.lastActivityMs = this.host.coarseNowMs;
    this.headStartedMs = this.lastActivityMs;
    this.resumeReading();
    if (!this.reader.isHeld) return;
    try {
      this.reader.advance();
    } catch (reason) {
      this.onMalformed(Fault.from(reason));
      return;
    }
    this.holdBack();
  }

  /** A client may send ahead: reading on tells at once when it goes away. What is more than this waits in the kernel's buffer. */
  private holdBack(): void {
    if (this.reader.keptBytes > MAX_AHEAD_BYTES) this.socket.pause();
  }

  private decideToClose(): void {
    // A client that still waits for 100 (Continue) may or may not send its body now: nobody can tell where the next request begins.
    if (!this.isPersistent || this.isUpgrade || this.host.isDraining || this.expectsContinue) this.mustClose = true;
  }

  /** The bytes cannot be read as HTTP: whatever runs is cut, or the client is told once. */
  private onMalformed(fault: Fault): void {
    if (this.running === undefined) this.refuse(fault);
    else this.failBody(fault);
  }

  private failBody(fault: Fault): void {
    this.mustClose = true;
    this.isRequestComplete = true;
    this.body?.onFault(fault);
    // Where nobody listened to the body, nobody has ended the exchange for its fault.
    this.running?.fail(fault);
  }

  private refuse(fault: Fault): void {
    this.mustClose = true;
    this.host.onRefused(fault, 'HTTP/1.1');
    if (this.isClosed) return;
    this.running = undefined;
    this.encoder.writeRefusal(fault, this.host.dateText);
    this.closeAfterResponse();
  }

  /**
   * Ends a connection that nobody uses while the engine drains. One that is in use is idle too between an answer and the next
   * request, which may be on its way: that one is answered with `Connection: close` instead of being cut.
   */
  private closeIdle(): void {
    if (this.mustClose || this.isClosed) return;
    this.mustClose = true;
    this.closeAfterResponse();
  }

  /** Sends the end and keeps reading for a moment: closing at once would reset the connection and lose the answer (RFC 9112 §9.6). */
  private closeAfterResponse(): void {
    this.running = undefined;
    this.isResponseComplete = true;
    this.isLingering = true;
    this.lastActivityMs = this.host.coarseNowMs;
    this.socket.resume();
    this.socket.end();
  }

  private onClose(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    const { running } = this;
    this.running = undefined;
    running?.cancel();
    this.body?.onFault(new Fault('client_closed', 'the client closed the connection'));
    this.host.onClosed(this);
  }
}

/** Requests that a client sent ahead of their turn; one read more may be kept. */
const MAX_AHEAD_BYTES = 65_536;
const LINGER_MS = 1_000;
/** Silence after which a connection is taken to be unused while the engine drains. */
const LAST_CALL_MS = 500;
