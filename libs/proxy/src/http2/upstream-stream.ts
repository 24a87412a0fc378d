// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { BodySink, FaultCode, HeaderList, RequestHead, ResponseHandler, ResponseHead } from '@weir/base';
import { MAX_INTERIM_RESPONSES } from '../http1/response-reader.ts';
import type { UpstreamJob } from '../http1/upstream-connection.ts';
import { silenceLimitMs } from '../engine/settings.ts';
import type { Limits } from '../engine/settings.ts';
import { acceptFromKey } from '../websocket/handshake.ts';
import type { Http2Connection } from './connection.ts';
import type { FieldBlock } from './field-block.ts';
import { ERROR_CODE } from './frame.ts';
import type { ErrorCode } from './frame.ts';
import { encodeFields } from './hpack/encode-fields.ts';
import { encodeField, encodePseudoField } from './hpack/encoder.ts';
import { responseFromBlock } from './response-from-block.ts';
import { codeName, Http2Stream } from './stream.ts';

/** What a stream needs of its connection. */
export interface UpstreamStreamHost {
  readonly limits: Limits;
  readonly coarseNowMs: number;
  readonly scheme: 'http' | 'https';
}

/** One request to an upstream and its answer. */
export class UpstreamStream extends Http2Stream implements BodySink {
  private readonly http2: Http2Connection;
  private readonly host: UpstreamStreamHost;
  private readonly job: UpstreamJob;
  private handler: ResponseHandler | undefined;
  private isAnswered = false;
  private interimCount = 0;
  /** What the body still has to come to; undefined = it ends when it ends. */
  private leftBytes: number | undefined;
  private lastActivityMs: number;

  constructor(
    id: number,
    http2: Http2Connection,
    { job, host }: { readonly job: UpstreamJob; readonly host: UpstreamStreamHost },
  ) {
    super(id, http2, http2.peer.initialWindowBytes);
    this.http2 = http2;
    this.host = host;
    this.job = job;
    this.handler = job.handler;
    this.lastActivityMs = host.coarseNowMs;
  }

  start(): void {
    const { request, body } = this.job.exchange;
    if (this.job.exchange.upgrade !== undefined) {
      this.http2.frames.writeHeaders(this.id, tunnelBlock(request, this.host.scheme), false);
      return;
    }
    const isEnd = body.contentLength === 0;
    let block = requestBlock(request, this.host.scheme, request.method);
    if (body.contentLength !== undefined && !isEnd) block += encodeField('content-length', String(body.contentLength));
    this.http2.frames.writeHeaders(this.id, block, isEnd);
    if (isEnd) this.markLocalEnd();
    else body.pipe(this);
  }

  /** Goes on after the handler asked for a pause. */
  resume(): void {
    this.resumeTaking();
  }

  /** Nobody wants the answer any more. */
  cancel(): void {
    this.handler = undefined;
    this.reset(ERROR_CODE.cancel);
  }

  onData(chunk: Buffer): boolean {
    this.lastActivityMs = this.host.coarseNowMs;
    return this.send(chunk);
  }

  onEnd(trailers: HeaderList | undefined): void {
    this.sendEndOfStream(trailers);
  }

  /** The client's body broke off: the upstream must not take what came for the whole. */
  onFault(fault: Fault): void {
    this.fail(fault, ERROR_CODE.cancel);
  }

  override sweep(nowMs: number): void {
    const { limits } = this.host;
    const silentMs = nowMs - this.lastActivityMs;
    if (this.hasUnsent && silentMs > limits.bodyTimeoutMs) {
      this.fail(new Fault('upstream_timeout', 'the upstream stopped taking the request body'), ERROR_CODE.cancel);
      return;
    }
    const timeoutMs = silenceLimitMs(limits.upstreamResponseTimeoutMs, this.job.exchange);
    if (this.isAwaitingAnswer && this.isReading && silentMs > timeoutMs) {
      this.fail(new Fault('upstream_timeout', `no byte of the response for ${timeoutMs} ms`), ERROR_CODE.cancel);
    }
  }

  override onHeaders(block: FieldBlock, isEnd: boolean): void {
    this.lastActivityMs = this.host.coarseNowMs;
    if (this.isAnswered) {
      if (!isEnd || block.isHead || block.problem !== undefined) this.failMalformed('a malformed trailer section');
      else this.receiveEnd(block);
      return;
    }
    try {
      this.takeHead(block, isEnd);
    } catch (reason) {
      this.fail(Fault.from(reason), ERROR_CODE.protocolError);
    }
  }

  override onAborted(code: ErrorCode, detail: string): void {
    const handler = this.takeHandler();
    handler?.onFault(new Fault(faultCodeOf(code), `${detail}: ${codeName(code)}`));
  }

  protected override take(chunk: Buffer): boolean {
    this.lastActivityMs = this.host.coarseNowMs;
    // To a client of HTTP/1.1 it would look like the beginning of the answer.
    if (!this.isAnswered) {
      this.failMalformed('DATA before the head of the response');
      return true;
    }
    if (this.leftBytes !== undefined) {
      this.leftBytes -= chunk.length;
      if (this.leftBytes < 0) {
        this.failMalformed('more DATA than content-length says, or than there may be');
        return true;
      }
    }
    return this.handler?.onData(chunk) ?? true;
  }

  protected override takeEnd(trailers: FieldBlock | undefined): void {
    if (!this.isAnswered || (this.leftBytes !== undefined && this.leftBytes > 0)) {
      this.failMalformed('the response ended too early');
      return;
    }
    this.takeHandler()?.onEnd(trailers?.headers);
    // A server that has answered needs no more of the request (RFC 9113 §8.1).
    if (!this.isLocalClosed) this.reset(ERROR_CODE.noError);
  }

  protected override onSendable(): void {
    this.lastActivityMs = this.host.coarseNowMs;
    this.job.exchange.body.resume();
  }

  protected override onSentBeforeReceived(): void {
    this.lastActivityMs = this.host.coarseNowMs;
  }

  /** The server has got all that it needs for its answer: of a tunnel that is the handshake. */
  private get isAwaitingAnswer(): boolean {
    return this.isLocalClosed || (this.job.exchange.upgrade !== undefined && !this.isAnswered);
  }

  private takeHead(block: FieldBlock, isEnd: boolean): void {
    const { exchange } = this.job;
    const { head, bodyLength } = responseFromBlock(block, exchange.request.method, isEnd);
    if (head.status < 200) {
      if (++this.interimCount > MAX_INTERIM_RESPONSES) throw new Fault('upstream_protocol_error', 'too many 1xx responses');
      // 100 (Continue) is between neighbours: Weir has already answered the client's expectation itself.
      if (head.status !== 100) this.handler?.onInformation(head);
      return;
    }
    this.isAnswered = true;
    this.leftBytes = bodyLength;
    const isTunnel = exchange.upgrade !== undefined && head.status < 300;
    if (isTunnel) this.switchTo(head);
    this.handler?.onHead(head);
    if (isTunnel) exchange.body.pipe(this);
    if (isEnd) this.receiveEnd(undefined);
  }

  /** 2xx opens the tunnel here, and what HTTP/1.1 says of that is 101 with the hash of the client's key (RFC 8441 §5). */
  private switchTo(head: ResponseHead): void {
    head.status = 101;
    head.contentLength = undefined;
    this.leftBytes = undefined;
    const key = this.job.exchange.request.headers.get('sec-websocket-key');
    if (key !== undefined) head.headers.set('sec-websocket-accept', acceptFromKey(key));
  }

  private takeHandler(): ResponseHandler | undefined {
    const { handler } = this;
    this.handler = undefined;
    return handler;
  }

  private failMalformed(detail: string): void {
    this.fail(new Fault('upstream_protocol_error', detail), ERROR_CODE.protocolError);
  }

  private fail(fault: Fault, code: ErrorCode): void {
    const handler = this.takeHandler();
    this.reset(code);
    handler?.onFault(fault);
  }
}

function tunnelBlock(request: RequestHead, scheme: 'http' | 'https'): string {
  const headers = request.headers.clone();
  headers.remove('sec-websocket-key');
  const pseudo = encodePseudoField(':method', 'CONNECT') + encodeField(':protocol', 'websocket');
  return pseudo + targetFields(request, scheme) + encodeFields(headers);
}

function requestBlock(request: RequestHead, scheme: 'http' | 'https', method: string): string {
  return encodePseudoField(':method', method) + targetFields(request, scheme) + encodeFields(request.headers);
}

function targetFields({ authority, path, query }: RequestHead, scheme: 'http' | 'https'): string {
  const target = query === undefined ? path : `${path}?${query}`;
  return encodePseudoField(':scheme', scheme) + encodeField(':authority', authority) + encodePseudoField(':path', target);
}

/** A refused stream has not been looked at (RFC 9113 §8.7); trying it again elsewhere does not mend a broken protocol. */
function faultCodeOf(code: ErrorCode): FaultCode {
  if (code === ERROR_CODE.protocolError || code === ERROR_CODE.http11Required) return 'upstream_protocol_error';
  return code === ERROR_CODE.refusedStream ? 'upstream_reset_before_request' : 'upstream_reset';
}
