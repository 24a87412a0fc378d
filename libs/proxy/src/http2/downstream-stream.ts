// SPDX-License-Identifier: Apache-2.0
import { Exchange, Fault, isGrpc } from '@weir/base';
import type { HeaderList, RequestBody, ResponseHead } from '@weir/base';
import type { ConnectionHost } from '../engine/connection-host.ts';
import type { Responder, RunningExchange } from '../engine/responder.ts';
import { silenceLimitMs } from '../engine/settings.ts';
import { createWebSocketKey } from '../websocket/handshake.ts';
import { isOpenTunnel } from '../websocket/tunnel.ts';
import { DownstreamBody, EMPTY_BODY } from '../http1/downstream-body.ts';
import type { BodyConnection } from '../http1/downstream-body.ts';
import { hasNoBody } from '../http1/framing.ts';
import type { Http2Connection } from './connection.ts';
import type { FieldBlock } from './field-block.ts';
import { ERROR_CODE } from './frame.ts';
import type { ErrorCode } from './frame.ts';
import { encodeFields } from './hpack/encode-fields.ts';
import { encodeField, encodeStatus } from './hpack/encoder.ts';
import type { ReceivedRequest } from './request-from-block.ts';
import { codeName, Http2Stream } from './stream.ts';

/** One request and its answer on a downstream connection. */
export class DownstreamStream extends Http2Stream implements Responder, BodyConnection {
  private readonly http2: Http2Connection;
  private readonly host: ConnectionHost;
  private running: RunningExchange | undefined;
  private body: DownstreamBody | undefined;
  private expectedBytes: number | undefined;
  private receivedBytes = 0;
  private method = '';
  private expectsContinue = false;
  /** A head whose answer may have no body, until the next call tells. */
  private heldHead: string | undefined;
  /** What the answer's body still has to come to; undefined = it ends when it ends. */
  private leftBytes: number | undefined;
  private lastChunk: Buffer | undefined;
  private isBodiless = false;
  private isTunnel = false;
  private isGrpcCall = false;
  private lastActivityMs: number;

  constructor(id: number, http2: Http2Connection, host: ConnectionHost) {
    super(id, http2, http2.peer.initialWindowBytes);
    this.http2 = http2;
    this.host = host;
    this.lastActivityMs = host.coarseNowMs;
  }

  /** Hands the request to the engine. `isEnd`: it has no body. */
  start({ head, target, contentLength, expectsContinue, upgrade }: ReceivedRequest, isEnd: boolean): void {
    const { host } = this;
    this.method = head.method;
    this.expectsContinue = expectsContinue && !isEnd;
    this.expectedBytes = contentLength;
    const exchange = new Exchange({
      request: head,
      body: this.openBody(contentLength, isEnd),
      downstream: host.downstream,
      startedMs: host.clock.nowMs(),
      protocol: 'HTTP/2',
    });
    exchange.target = target;
    this.isGrpcCall = !isEnd && isGrpc(exchange);
    if (upgrade !== undefined) {
      this.isTunnel = true;
      exchange.upgrade = upgrade;
      if (!head.headers.has('sec-websocket-key')) head.headers.append('sec-websocket-key', createWebSocketKey(host.random));
    }
    const running = host.handle(exchange, this);
    if (!running.isEnded) this.running = running;
    if (isEnd) this.receiveEnd(undefined);
  }

  /** Answers a request of which no exchange came, and ends the stream: nobody reads its body, if it has one (RFC 9113 §8.1). */
  refuse(fault: Fault, isEnd: boolean): void {
    if (isEnd) this.receiveEnd(undefined);
    const { status, title } = fault.spec;
    const body = Buffer.from(JSON.stringify({ title, status, code: fault.code }), 'latin1');
    this.host.onRefused(fault, 'HTTP/2');
    const date = encodeField('date', this.host.dateText);
    const fields =
      date + encodeField('content-type', 'application/problem+json') + encodeField('content-length', String(body.length));
    this.http2.frames.writeHeaders(this.id, encodeStatus(status) + fields, false);
    if (this.http2.writeLastData(this, body)) this.markLocalEnd();
    else this.reset(ERROR_CODE.protocolError);
    this.reset(ERROR_CODE.noError);
  }

  /** Ends its exchange with a fault that is not the client's, unless it is an open WebSocket. */
  fail(fault: Fault): void {
    if (this.running !== undefined && isOpenTunnel(this.running.exchange)) return;
    this.running?.fail(fault);
    // Nobody reads what is missing of the request (RFC 9113 §8.1).
    if (this.isLocalClosed && !this.isTunnel) this.reset(ERROR_CODE.noError);
  }

  override sweep(nowMs: number): void {
    const { limits } = this.host;
    const isIdleTunnel = this.isTunnel && !this.hasUnsent;
    const limitMs = isIdleTunnel ? limits.tunnelIdleTimeoutMs : limits.bodyTimeoutMs;
    // A peer that takes nothing of what there is for it is given up whatever a policy says.
    const silenceMs = this.hasUnsent ? limitMs : silenceLimitMs(limitMs, this.running?.exchange);
    if (nowMs - this.lastActivityMs <= silenceMs) return;
    if (this.hasUnsent || this.isTunnel || this.isLocalClosed) {
      this.running?.cancel();
      this.running = undefined;
      this.reset(ERROR_CODE.cancel);
    } else if (!this.isRemoteClosed && this.isReading) {
      this.failBody(new Fault('request_timeout', 'the request body stopped coming'));
    }
  }

  override onHeaders(block: FieldBlock, isEnd: boolean): void {
    // A trailer section ends its stream and has no pseudo-header fields (RFC 9113 §8.1).
    if (!isEnd || block.isHead || block.problem !== undefined) this.failMalformed('a malformed trailer section');
    else this.receiveEnd(block);
  }

  override onAborted(code: ErrorCode, detail: string): void {
    const { running } = this;
    this.running = undefined;
    running?.cancel();
    this.body?.onFault(new Fault('client_closed', `${detail}: ${codeName(code)}`));
  }

  sendInformation(head: ResponseHead): void {
    if (this.isLocalClosed) return;
    this.http2.frames.writeHeaders(this.id, encodeStatus(head.status) + encodeFields(head.headers), false);
  }

  sendHead(head: ResponseHead): void {
    if (this.isLocalClosed) return;
    this.expectsContinue = false;
    if (this.isTunnel) head.headers.remove('sec-websocket-accept');
    let block = encodeStatus(this.isTunnel ? tunnelStatus(head.status) : head.status) + encodeFields(head.headers);
    this.isBodiless = head.status !== 101 && hasNoBody({ requestMethod: this.method, status: head.status });
    const isShort = this.isBodiless || head.contentLength === 0;
    if (head.contentLength !== undefined && head.status !== 204 && (head.contentLength > 0 || this.isBodiless)) {
      block += encodeField('content-length', String(head.contentLength));
    }
    this.leftBytes = isShort ? undefined : head.contentLength;
    if (isShort) this.heldHead = block;
    else this.http2.frames.writeHeaders(this.id, block, false);
  }

  sendData(chunk: Buffer): boolean {
    if (this.isLocalClosed || this.isBodiless || chunk.length === 0) return true;
    this.lastActivityMs = this.host.coarseNowMs;
    this.releaseHead();
    if (this.leftBytes !== undefined) {
      this.leftBytes -= chunk.length;
      // The end must be next, and goes into the same frame.
      if (this.leftBytes === 0 && !this.hasUnsent) {
        this.lastChunk = chunk;
        return true;
      }
    }
    return this.send(chunk);
  }

  sendEnd(trailers: HeaderList | undefined): void {
    this.running = undefined;
    if (this.isLocalClosed) return;
    const hasTrailers = trailers !== undefined && trailers.count > 0;
    if (this.heldHead !== undefined && !hasTrailers) {
      const block = this.heldHead;
      this.heldHead = undefined;
      this.http2.frames.writeHeaders(this.id, block, true);
      this.markLocalEnd();
      return;
    }
    this.releaseHead();
    const { lastChunk } = this;
    this.lastChunk = undefined;
    if (lastChunk !== undefined) {
      if (!hasTrailers && this.http2.writeLastData(this, lastChunk)) {
        this.markLocalEnd();
        return;
      }
      this.send(lastChunk);
    }
    this.sendEndOfStream(trailers);
  }

  abort(): void {
    this.running = undefined;
    this.reset(ERROR_CODE.internalError);
  }

  pauseReading(): void {
    this.pause();
  }

  resumeReading(): void {
    this.lastActivityMs = this.host.coarseNowMs;
    this.resumeTaking();
  }

  onBodyWanted(): void {
    if (!this.expectsContinue) return;
    this.expectsContinue = false;
    this.http2.frames.writeHeaders(this.id, encodeStatus(100), false);
  }

  onDiscardLimit(): void {
    this.reset(ERROR_CODE.noError);
  }

  protected override take(chunk: Buffer): boolean {
    this.expectsContinue = false;
    this.lastActivityMs = this.host.coarseNowMs;
    this.receivedBytes += chunk.length;
    if (this.expectedBytes !== undefined && this.receivedBytes > this.expectedBytes) {
      this.failMalformed('more DATA than content-length says');
      return true;
    }
    if (this.running !== undefined) this.running.exchange.bytesReceived += chunk.length;
    this.body?.onData(chunk);
    return true;
  }

  protected override takeEnd(trailers: FieldBlock | undefined): void {
    if (this.expectedBytes !== undefined && this.receivedBytes !== this.expectedBytes) {
      this.failMalformed('less DATA than content-length says');
    } else {
      this.body?.onEnd(this.running?.admitTrailers(trailers?.headers));
    }
  }

  protected override onSendable(): void {
    this.lastActivityMs = this.host.coarseNowMs;
    this.running?.resume();
  }

  /**
   * Reading a short rest of the request is friendlier than a reset (RFC 9113 §8.1 lets us send one at once). Not so for a call of gRPC,
   * whose client may have nothing to send for long, and waits for more where its service ended without a status.
   */
  protected override onSentBeforeReceived(): void {
    if (this.isGrpcCall) this.reset(ERROR_CODE.noError);
    else this.body?.discard(this.host.limits.maxDiscardBytes);
  }

  private openBody(contentLength: number | undefined, isEnd: boolean): RequestBody {
    if (isEnd) return EMPTY_BODY;
    this.body = new DownstreamBody(this, contentLength);
    return this.body;
  }

  private releaseHead(): void {
    const { heldHead } = this;
    if (heldHead === undefined) return;
    this.heldHead = undefined;
    this.http2.frames.writeHeaders(this.id, heldHead, false);
  }

  private failMalformed(detail: string): void {
    const { running } = this;
    this.running = undefined;
    if (running !== undefined) {
      running.exchange.fault ??= 'bad_request';
      running.exchange.faultDetail = detail;
      running.cancel();
    }
    this.body?.onFault(new Fault('bad_request', detail));
    this.reset(ERROR_CODE.protocolError);
  }

  private failBody(fault: Fault): void {
    this.body?.onFault(fault);
    this.running?.fail(fault);
  }
}

/** A backend that did not switch must not look as if it had: 2xx is what opens a tunnel here (RFC 8441 §5). */
function tunnelStatus(status: number): number {
  if (status === 101) return 200;
  return status >= 200 && status < 300 ? 502 : status;
}
