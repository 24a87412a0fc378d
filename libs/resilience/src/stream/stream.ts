// SPDX-License-Identifier: Apache-2.0
import { Fault, isGrpc, isStreamAnswer } from '@weir/base';
import type {
  Clock,
  Dispatch,
  Exchange,
  HeaderList,
  Layer,
  ResponseHandler,
  ResponseHead,
  Timer,
  UpstreamCall,
} from '@weir/base';

export interface StreamTimeoutOptions {
  /** From the dispatch until the stream's end; above 0. */
  readonly streamTimeoutMs: number;
  readonly clock: Clock;
}

/**
 * Ends a WebSocket, a gRPC call or server-sent events that last too long with the fault `stream_deadline`. It counts from the request on
 * and begins to hold with the head of the answer: how long that may take is for the request's own timeout to say.
 */
export function createStreamTimeoutLayer(options: StreamTimeoutOptions): Layer {
  return next => (exchange, handler) => new LimitedStream(options, exchange, handler).start(next);
}

class LimitedStream implements ResponseHandler, UpstreamCall {
  private readonly options: StreamTimeoutOptions;
  private readonly exchange: Exchange;
  private readonly handler: ResponseHandler;
  private readonly endMs: number;
  private timer: Timer | undefined = undefined;
  private call: UpstreamCall | undefined = undefined;

  constructor(options: StreamTimeoutOptions, exchange: Exchange, handler: ResponseHandler) {
    this.options = options;
    this.exchange = exchange;
    this.handler = handler;
    this.endMs = options.clock.nowMs() + options.streamTimeoutMs;
  }

  start(next: Dispatch): UpstreamCall {
    const { exchange, endMs } = this;
    if (isGrpc(exchange)) exchange.deadlineMs = Math.min(exchange.deadlineMs, endMs);
    this.call = next(exchange, this);
    return this;
  }

  onInformation(head: ResponseHead): void {
    this.handler.onInformation(head);
  }

  onHead(head: ResponseHead): void {
    const { clock } = this.options;
    if (isStreamAnswer(this.exchange, head)) {
      this.timer = clock.after(Math.max(0, this.endMs - clock.nowMs()), () => this.expire());
    }
    this.handler.onHead(head);
  }

  onData(chunk: Buffer): boolean {
    return this.handler.onData(chunk);
  }

  onEnd(trailers: HeaderList | undefined): void {
    this.timer?.cancel();
    this.handler.onEnd(trailers);
  }

  onFault(fault: Fault): void {
    this.timer?.cancel();
    this.handler.onFault(fault);
  }

  resume(): void {
    this.call?.resume();
  }

  cancel(): void {
    this.timer?.cancel();
    this.call?.cancel();
  }

  private expire(): void {
    this.call?.cancel();
    this.handler.onFault(new Fault('stream_deadline', `the stream has lasted ${this.options.streamTimeoutMs} ms`));
  }
}
