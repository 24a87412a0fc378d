// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList, PassingCall, isGrpc, isStreamAnswer, markExhausted } from '@weir/base';
import type { Clock, Dispatch, Exchange, Layer, ResponseHandler, ResponseHead, Timer, UpstreamCall } from '@weir/base';

export interface TimeoutOptions {
  /** From the dispatch until the response is complete; above 0. Of a whole request, what it waited for before counts, too. */
  readonly timeoutMs: number;
  /**
   * What the time stands for: `request_deadline` for the whole request, stacked outside of retries (GEP-1742 `request`);
   * `upstream_timeout` for one attempt, stacked inside (`backendRequest`).
   */
  readonly code: 'request_deadline' | 'upstream_timeout';
  /** Of a stream (`isStreamAnswer`) the time ends with the head of its answer, as that of a WebSocket always does. */
  readonly sparesStreams?: boolean;
  /** The time is the caller's own, which may be too short for any endpoint: none is blamed. */
  readonly isOfCaller?: boolean;
  readonly clock: Clock;
}

/**
 * Ends a call that takes too long with a Fault of `code`, also within the response: whoever has sent its head must then cut the
 * stream. Where there is no timeout, do not stack this layer.
 */
export function createTimeoutLayer(options: TimeoutOptions): Layer {
  return next => (exchange, handler) => new TimedCall(options, exchange, handler).start(next);
}

class TimedCall extends PassingCall {
  private readonly options: TimeoutOptions;
  private readonly exchange: Exchange;
  private readonly timer: Timer;

  constructor(options: TimeoutOptions, exchange: Exchange, handler: ResponseHandler) {
    super(handler);
    const { clock, code, timeoutMs } = options;
    this.options = options;
    this.exchange = exchange;
    const usedMs = code === 'request_deadline' ? exchange.waitedMs : 0;
    this.timer = clock.after(Math.max(0, timeoutMs - usedMs), () => this.expire());
  }

  start(next: Dispatch): UpstreamCall {
    const { exchange } = this;
    const { code, timeoutMs, sparesStreams, clock } = this.options;
    // A service ends a gRPC call when its deadline is over, also one that streams.
    const isDeadline = code === 'request_deadline' && !(sparesStreams === true && isGrpc(exchange));
    if (isDeadline) exchange.deadlineMs = Math.min(exchange.deadlineMs, clock.nowMs() + timeoutMs - exchange.waitedMs);
    this.call = next(exchange, this);
    return this;
  }

  override onHead(head: ResponseHead): void {
    // From here on it is no request any more: how long a WebSocket lives is for its two sides.
    if (head.status === 101 || this.isSpared(head)) this.timer.cancel();
    super.onHead(head);
  }

  override onEnd(trailers: HeaderList | undefined): void {
    this.timer.cancel();
    super.onEnd(trailers);
  }

  override onFault(fault: Fault): void {
    this.timer.cancel();
    super.onFault(fault);
  }

  override cancel(why?: 'late'): void {
    this.timer.cancel();
    this.call?.cancel(why);
  }

  private isSpared(head: ResponseHead): boolean {
    return this.options.sparesStreams === true && isStreamAnswer(this.exchange, head);
  }

  private expire(): void {
    const { code, timeoutMs, isOfCaller = false } = this.options;
    this.call?.cancel(isOfCaller ? undefined : 'late');
    const what = code === 'request_deadline' ? 'request' : 'attempt';
    this.handler.onFault(new Fault(code, `the ${what} was not complete after ${timeoutMs} ms`, this.faultOptions()));
  }

  /** Whoever is in front would begin anew what has been tried several times already. */
  private faultOptions(): { readonly headers?: HeaderList } {
    if (this.options.code !== 'request_deadline' || this.exchange.attempts < 2) return {};
    const headers = new HeaderList();
    markExhausted(headers);
    return { headers };
  }
}
