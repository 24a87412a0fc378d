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
  /** From the dispatch until the response is complete; above 0. */
  readonly timeoutMs: number;
  /**
   * What the time stands for: `request_deadline` for the whole request, stacked outside of retries (GEP-1742 `request`);
   * `upstream_timeout` for one attempt, stacked inside (`backendRequest`).
   */
  readonly code: 'request_deadline' | 'upstream_timeout';
  readonly clock: Clock;
  /** The client asked for it: that it ran out is not held against the backend, as any client could ask for next to nothing. */
  readonly isOfClient?: boolean;
}

/**
 * Ends a call that takes too long with a Fault of `code`, also within the response: whoever has sent its head must then cut the
 * stream. Where there is no timeout, do not stack this layer.
 */
export function createTimeoutLayer(options: TimeoutOptions): Layer {
  return next => (exchange, handler) => new TimedCall(options, handler).start(next, exchange);
}

class TimedCall implements ResponseHandler, UpstreamCall {
  private readonly options: TimeoutOptions;
  private readonly handler: ResponseHandler;
  private readonly timer: Timer;
  private call: UpstreamCall | undefined = undefined;

  constructor(options: TimeoutOptions, handler: ResponseHandler) {
    this.options = options;
    this.handler = handler;
    this.timer = options.clock.after(options.timeoutMs, () => this.expire());
  }

  start(next: Dispatch, exchange: Exchange): UpstreamCall {
    this.call = next(exchange, this);
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

  cancel(why?: 'timeout'): void {
    this.timer.cancel();
    this.call?.cancel(why);
  }

  private expire(): void {
    const { code, timeoutMs, isOfClient = false } = this.options;
    this.call?.cancel(isOfClient ? undefined : 'timeout');
    const what = code === 'request_deadline' ? 'request' : 'attempt';
    this.handler.onFault(new Fault(code, `the ${what} was not complete after ${timeoutMs} ms`));
  }
}
