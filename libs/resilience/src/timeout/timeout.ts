// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
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

export interface TimeoutOptions {
  /** From the dispatch until the response is complete; above 0. Of a whole request, what it waited for before counts, too. */
  readonly timeoutMs: number;
  /**
   * What the time stands for: `request_deadline` for the whole request, stacked outside of retries (GEP-1742 `request`);
   * `upstream_timeout` for one attempt, stacked inside (`backendRequest`).
   */
  readonly code: 'request_deadline' | 'upstream_timeout';
  readonly clock: Clock;
}

/**
 * Ends a call that takes too long with a Fault of `code`, also within the response: whoever has sent its head must then cut the
 * stream. Where there is no timeout, do not stack this layer.
 */
export function createTimeoutLayer(options: TimeoutOptions): Layer {
  return next => (exchange, handler) => new TimedCall(options, exchange, handler).start(next);
}

class TimedCall implements ResponseHandler, UpstreamCall {
  private readonly options: TimeoutOptions;
  private readonly exchange: Exchange;
  private readonly handler: ResponseHandler;
  private readonly timer: Timer;
  private call: UpstreamCall | undefined = undefined;

  constructor(options: TimeoutOptions, exchange: Exchange, handler: ResponseHandler) {
    const { clock, code, timeoutMs } = options;
    this.options = options;
    this.exchange = exchange;
    this.handler = handler;
    const usedMs = code === 'request_deadline' ? exchange.waitedMs : 0;
    this.timer = clock.after(Math.max(0, timeoutMs - usedMs), () => this.expire());
  }

  start(next: Dispatch): UpstreamCall {
    this.call = next(this.exchange, this);
    return this;
  }

  onInformation(head: ResponseHead): void {
    this.handler.onInformation(head);
  }

  onHead(head: ResponseHead): void {
    // From here on it is no request any more: how long a WebSocket lives is for its two sides.
    if (head.status === 101) this.timer.cancel();
    this.handler.onHead(head);
  }

  onData(chunk: Buffer): boolean {
    return this.handler.onData(chunk);
  }

  onEnd(trailers: HeaderList | undefined): void {
    this.timer.cancel();
    this.handler.onEnd(trailers);
  }

  onFault(fault: Fault): void {
    this.timer.cancel();
    this.handler.onFault(fault);
  }

  resume(): void {
    this.call?.resume();
  }

  cancel(): void {
    this.timer.cancel();
    this.call?.cancel();
  }

  private expire(): void {
    this.call?.cancel();
    const { code, timeoutMs } = this.options;
    const what = code === 'request_deadline' ? 'request' : 'attempt';
    this.handler.onFault(new Fault(code, `the ${what} was not complete after ${timeoutMs} ms`));
  }
}
