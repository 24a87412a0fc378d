// SPDX-License-Identifier: Apache-2.0
import { Fault, PassingCall, isGrpc, isStreamAnswer } from '@weir/base';
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

class LimitedStream extends PassingCall {
  private readonly options: StreamTimeoutOptions;
  private readonly exchange: Exchange;
  private readonly endMs: number;
  private timer: Timer | undefined = undefined;

  constructor(options: StreamTimeoutOptions, exchange: Exchange, handler: ResponseHandler) {
    super(handler);
    this.options = options;
    this.exchange = exchange;
    this.endMs = options.clock.nowMs() + options.streamTimeoutMs;
  }

  start(next: Dispatch): UpstreamCall {
    const { exchange, endMs } = this;
    if (isGrpc(exchange)) exchange.deadlineMs = Math.min(exchange.deadlineMs, endMs);
    this.call = next(exchange, this);
    return this;
  }

  override onHead(head: ResponseHead): void {
    const { clock } = this.options;
    if (isStreamAnswer(this.exchange, head)) {
      this.timer = clock.after(Math.max(0, this.endMs - clock.nowMs()), () => this.expire());
    }
    super.onHead(head);
  }

  override onEnd(trailers: HeaderList | undefined): void {
    this.timer?.cancel();
    super.onEnd(trailers);
  }

  override onFault(fault: Fault): void {
    this.timer?.cancel();
    super.onFault(fault);
  }

  override cancel(why?: 'late'): void {
    this.timer?.cancel();
    super.cancel(why);
  }

  private expire(): void {
    this.call?.cancel();
    this.handler.onFault(new Fault('stream_deadline', `the stream has lasted ${this.options.streamTimeoutMs} ms`));
  }
}
