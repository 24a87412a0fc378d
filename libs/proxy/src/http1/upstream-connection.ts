// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';
import { Fault } from '@weir/base';
import type { BodySink, Exchange, HeaderList, ResponseHandler } from '@weir/base';
import { silenceLimitMs } from '../engine/settings.ts';
import type { Limits } from '../engine/settings.ts';
import { isWebSocketUpgrade } from '../websocket/handshake.ts';
import { requestHeadText, trailersText } from './head-writer.ts';
import type { MessageReader } from './message-reader.ts';
import { ReadMemory } from './read-memory.ts';
import type { ParsedResponse } from './response-head.ts';
import { createResponseReader } from './response-reader.ts';
import type { ResponseEvents } from './response-reader.ts';
import { ownSocket } from './socket-owner.ts';
import type { SocketOwner } from './socket-owner.ts';
import { SocketWriter } from './socket-writer.ts';
import type { WriteBatch } from './socket-writer.ts';
import { connectFault, openUpstreamSocket, usableUntilMs } from '../upstream/upstream-socket.ts';
import type { UpstreamSocketHandler, UpstreamTarget } from '../upstream/upstream-socket.ts';
import { connectDeadline } from '../upstream/connect-deadline.ts';

/** What a connection tells its pool. */
export interface UpstreamHost {
  readonly limits: Limits;
  readonly batch: WriteBatch;
  readonly coarseNowMs: number;
  /** The connection is free for another request. */
  onFree(connection: UpstreamConnection): void;
  /** The connection is gone, whatever it was doing. */
  onClosed(connection: UpstreamConnection): void;
}

/** One request on this connection: what is sent, and who hears the answer. */
export interface UpstreamJob {
  readonly exchange: Exchange;
  readonly handler: ResponseHandler;
}

/** How a connection ended while it had a job. */
interface JobProgress {
  /** Not a byte of the request went to the kernel. */
  readonly isUnsent: boolean;
  /** Not a byte of an answer came. */
  readonly isUnanswered: boolean;
}

type State = 'connecting' | 'idle' | 'busy' | 'closed';

/** The client side of one HTTP/1.1 connection to an endpoint: one request at a time. */
export class UpstreamConnection implements BodySink, ResponseEvents, SocketOwner, UpstreamSocketHandler {
  readonly socket: Socket;
  private readonly target: UpstreamTarget;
  private readonly memory = new ReadMemory();
  private readonly host: UpstreamHost;
  private readonly reader: MessageReader;
  private readonly writer: SocketWriter;
  private state: State = 'connecting';
  private job: UpstreamJob | undefined;
  private isRequestComplete = false;
  private isResponseComplete = false;
  private isPersistent = true;
  private isChunkedRequest = false;
  private isUnanswered = true;
  private isReused = false;
  private bytesBefore = 0;
  private lastActivityMs: number;
  private failure: Error | undefined;
  private readonly connectDeadlineMs: number;
  private usableUntilMs = Infinity;

  constructor(target: UpstreamTarget, host: UpstreamHost) {
    this.target = target;
    this.host = host;
    this.lastActivityMs = host.coarseNowMs;
    this.connectDeadlineMs = connectDeadline(host.coarseNowMs, target.connectTimeoutMs);
    this.socket = openUpstreamSocket(target, this.memory, this);
    this.writer = new SocketWriter(this.socket, host.batch);
    this.reader = createResponseReader(this, host.limits);
    ownSocket(this.socket, this);
  }

  get isUsable(): boolean {
    return this.state === 'idle' && !this.socket.destroyed && this.socket.writable && this.host.coarseNowMs < this.usableUntilMs;
  }

  /** Whether the job's connection had served another request before, so that its server may have been closing it. */
  get hasServedBefore(): boolean {
    return this.isReused;
  }

  get progress(): JobProgress {
    return {
      isUnsent: this.socket.bytesWritten === this.bytesBefore || this.state === 'connecting',
      isUnanswered: this.isUnanswered,
    };
  }

  private get responseTimeoutMs(): number {
    return silenceLimitMs(this.host.limits.upstreamResponseTimeoutMs, this.job?.exchange);
  }

  /** Sends a request, at once or when connected. The handler hears of it from later events only. */
  send(job: UpstreamJob): void {
    this.job = job;
    this.isRequestComplete = false;
    this.isResponseComplete = false;
    this.isUnanswered = true;
    this.lastActivityMs = this.host.coarseNowMs;
    this.bytesBefore = this.socket.bytesWritten;
    if (this.state === 'connecting') return;
    this.isReused = true;
    this.state = 'busy';
    this.start(job);
  }

  resume(): void {
    if (this.socket.isPaused()) this.socket.resume();
  }

  /** Forgets the job and ends the connection: nobody could tell the rest of its answer from the next one. */
  cancel(): void {
    this.job = undefined;
    this.destroy();
  }

  destroy(): void {
    if (this.state === 'closed') return;
    this.socket.destroy();
    this.onClose();
  }

  /** Ends the connection if its peer has been silent, or has taken nothing of the request, for too long. */
  sweep(nowMs: number): void {
    const { limits } = this.host;
    const silentMs = nowMs - this.lastActivityMs;
    if (this.state === 'connecting') {
      if (nowMs > this.connectDeadlineMs) this.fail(new Fault('upstream_connect_timeout', 'no connection in time'));
    } else if (this.state === 'idle') {
      if (silentMs > limits.upstreamIdleTimeoutMs || nowMs >= this.usableUntilMs) this.destroy();
    } else if (silentMs > limits.bodyTimeoutMs && this.writer.isBlocked) {
      this.fail(new Fault('upstream_timeout', `the upstream took nothing of the request for ${limits.bodyTimeoutMs} ms`));
    } else if (silentMs > this.responseTimeoutMs && this.isRequestComplete && !this.socket.isPaused()) {
      this.fail(new Fault('upstream_timeout', `no byte of the response for ${this.responseTimeoutMs} ms`));
    }
  }

  onData(chunk: Buffer): boolean {
    if (this.state !== 'busy') return true;
    this.lastActivityMs = this.host.coarseNowMs;
    if (!this.isChunkedRequest) return this.writer.writeBytes(chunk);
    this.writer.writeText(`${chunk.length.toString(16)}\r\n`);
    const isTaking = this.writer.writeBytes(chunk);
    this.writer.writeText('\r\n');
    return isTaking;
  }

  onEnd(trailers: HeaderList | undefined): void {
    if (this.state !== 'busy' || this.isRequestComplete) return;
    if (this.isChunkedRequest) this.writer.writeText(`0\r\n${trailersText(trailers)}`);
    this.isRequestComplete = true;
    this.writer.flush();
    if (this.job?.exchange.upgrade !== undefined) this.socket.end();
  }

  /** The client's body broke off: the upstream must not take what came for the whole. */
  onFault(fault: Fault): void {
    this.fail(fault);
  }

  /** From the reader: whether a 101 is what was asked for. */
  isSwitchWanted({ upgrade }: ParsedResponse): boolean {
    return this.job?.exchange.upgrade !== undefined && isWebSocketUpgrade(upgrade);
  }

  requestMethod(): string {
    return this.job?.exchange.request.method ?? '';
  }

  onReady(): void {
    this.state = this.job === undefined ? 'idle' : 'busy';
    // Of the request nothing is sent, of the preamble all.
    this.bytesBefore = this.socket.bytesWritten;
    this.lastActivityMs = this.host.coarseNowMs;
    this.usableUntilMs = usableUntilMs(this.target, this.socket, this.lastActivityMs);
    if (this.job === undefined) this.host.onFree(this);
    else this.start(this.job);
  }

  onBytes(bytes: Buffer): void {
    this.lastActivityMs = this.host.coarseNowMs;
    if (this.job === undefined) {
      // Bytes that answer nothing must never be taken for the next answer.
      this.destroy();
      return;
    }
    this.isUnanswered = false;
    try {
      this.reader.push(bytes);
    } catch (reason) {
      this.fail(Fault.from(reason));
      return;
    }
    if (this.isResponseComplete) this.settle();
  }

  onInterim(response: ParsedResponse): void {
    // 100 (Continue) is between neighbours: Weir has already answered the client's expectation itself.
    if (response.head.status !== 100) this.job?.handler.onInformation(response.head);
  }

  onResponse(response: ParsedResponse): void {
    const { job } = this;
    const isSwitched = response.head.status === 101;
    // A server that did not switch has got no body, and whether it expects one is not for us to guess.
    this.isPersistent = response.isPersistent && job?.exchange.upgrade === undefined;
    job?.handler.onHead(response.head);
    if (!isSwitched) return;
    this.isRequestComplete = false;
    job?.exchange.body.pipe(this);
  }

  onResponseData(chunk: Buffer): void {
    if (this.job?.handler.onData(this.memory.keep(chunk)) === false) this.socket.pause();
  }

  onResponseEnd(trailers: HeaderList | undefined): void {
    const { job } = this;
    this.isResponseComplete = true;
    this.job = undefined;
    job?.handler.onEnd(trailers);
  }

  onDrain(): void {
    this.lastActivityMs = this.host.coarseNowMs;
    if (!this.isRequestComplete) this.job?.exchange.body.resume();
  }

  onPeerEnd(): void {
    const { job } = this;
    // In TLS an error says more, and is on its way or was there just before; the socket closes with it.
    if (this.state === 'connecting' || this.failure !== undefined) return;
    if (job !== undefined && this.state === 'busy' && !this.isUnanswered) {
      this.isPersistent = false;
      // A body that lasts until the end of the connection is complete now.
      this.reader.end();
      if (this.isResponseComplete) {
        this.destroy();
        return;
      }
    }
    this.fail(new Fault(this.resetCode(), 'the upstream closed the connection before its response was complete'));
  }

  onSocketError(error: Error): void {
    this.failure = error;
  }

  onSocketClose(): void {
    this.onClose();
  }

  private start(job: UpstreamJob): void {
    const { request, body } = job.exchange;
    let text = requestHeadText(request);
    if (job.exchange.upgrade !== undefined) {
      // Nothing of the client may follow before the server has agreed: it could be taken for another request.
      this.isRequestComplete = true;
      this.writer.writeText(
        `${text}connection: ${request.headers.has('te') ? 'te, upgrade' : 'upgrade'}\r\nupgrade: ${job.exchange.upgrade}\r\n\r\n`,
      );
      return;
    }
    // TE speaks of this connection only, and has to say so (RFC 9110 §10.1.4).
    if (request.headers.has('te')) text += 'connection: te\r\n';
    this.isChunkedRequest = body.contentLength === undefined;
    if (this.isChunkedRequest) text += 'transfer-encoding: chunked\r\n\r\n';
    else if (body.contentLength !== 0 || mayHaveBody(request.method)) {
      text += `content-length: ${body.contentLength ?? 0}\r\n\r\n`;
    } else text += '\r\n';
    this.writer.writeText(text);
    body.pipe(this);
  }

  /**
   * After an answer, when all bytes that came with it have been looked at. Not used again: a connection whose request has no
   * taker for the rest of its body, and one whose server sent more than it was asked for.
   */
  private settle(): void {
    if (this.state !== 'busy') return;
    if (!this.isRequestComplete || !this.isPersistent || !this.socket.writable || this.reader.keptBytes > 0) {
      this.destroy();
      return;
    }
    this.state = 'idle';
    this.memory.rest();
    this.reader.advance();
    this.resume();
    this.host.onFree(this);
  }

  private fail(fault: Fault): void {
    const { job } = this;
    this.job = undefined;
    // The handler may ask how far the job came, so it is told before the state goes.
    job?.handler.onFault(fault);
    this.destroy();
  }

  private onClose(): void {
    if (this.state === 'closed') return;
    const { job, state } = this;
    this.job = undefined;
    if (job !== undefined) job.handler.onFault(this.closeFault(state));
    this.state = 'closed';
    this.host.onClosed(this);
  }

  private closeFault(state: State): Fault {
    if (state === 'connecting') return connectFault(this.target, this.failure);
    const detail = this.failure?.message ?? 'the upstream closed the connection';
    const options = this.failure === undefined ? undefined : { cause: this.failure };
    return new Fault(this.resetCode(), detail, options);
  }

  private resetCode(): 'upstream_reset_before_request' | 'upstream_reset' {
    return this.progress.isUnsent ? 'upstream_reset_before_request' : 'upstream_reset';
  }
}

/** Methods whose empty body is said so: some servers answer 411 otherwise (RFC 9110 §8.6). */
function mayHaveBody(method: string): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH';
}
