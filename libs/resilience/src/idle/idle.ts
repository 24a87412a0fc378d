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
import { WatchedBody } from './watched-body.ts';

export interface IdleOptions {
  /** Above 0. */
  readonly idleTimeoutMs: number;
  readonly clock: Clock;
}

/**
 * Ends an exchange in which no byte has gone either way for too long: before its answer with 408 where the rest of the request is
 * waited for and 504 where the answer is, afterwards by cutting the stream (`idle_timeout`). Outermost, so that it sees all attempts.
 */
export function createIdleLayer(options: IdleOptions): Layer {
  return next => (exchange, handler) => new WatchedCall(options, handler).start(next, exchange);
}

class WatchedCall implements ResponseHandler, UpstreamCall {
  private readonly options: IdleOptions;
  private readonly handler: ResponseHandler;
  private body: WatchedBody | undefined = undefined;
  private call: UpstreamCall | undefined = undefined;
  private isAnswered = false;
  private lastActivityMs: number;
  private timer: Timer;

  constructor(options: IdleOptions, handler: ResponseHandler) {
    this.options = options;
    this.handler = handler;
    this.lastActivityMs = options.clock.nowMs();
    this.timer = this.watchFor(options.idleTimeoutMs);
  }

  start(next: Dispatch, exchange: Exchange): UpstreamCall {
    exchange.idleTimeoutMs = this.options.idleTimeoutMs;
    if (exchange.body.contentLength !== 0 || exchange.upgrade !== undefined) {
      this.body = new WatchedBody(exchange.body, () => this.onActivity());
      exchange.body = this.body;
    }
    this.call = next(exchange, this);
    return this;
  }

  onInformation(head: ResponseHead): void {
    this.onActivity();
    this.handler.onInformation(head);
  }

  onHead(head: ResponseHead): void {
    this.isAnswered = true;
    this.onActivity();
    this.handler.onHead(head);
  }

  onData(chunk: Buffer): boolean {
    this.onActivity();
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

  private onActivity(): void {
    this.lastActivityMs = this.options.clock.nowMs();
  }

  /** One timer that looks again after what is left: setting one anew for each chunk would cost more than the chunk. */
  private watchFor(delayMs: number): Timer {
    return this.options.clock.after(delayMs, () => this.look());
  }

  private look(): void {
    const { idleTimeoutMs, clock } = this.options;
    const leftMs = this.lastActivityMs + idleTimeoutMs - clock.nowMs();
    if (leftMs > 0) {
      this.timer = this.watchFor(leftMs);
      return;
    }
    this.call?.cancel();
    this.handler.onFault(new Fault(this.faultCode(), `no byte either way for ${idleTimeoutMs} ms`));
  }

  private faultCode(): 'idle_timeout' | 'request_timeout' | 'upstream_timeout' {
    if (this.isAnswered) return 'idle_timeout';
    return this.body?.isAwaited === true ? 'request_timeout' : 'upstream_timeout';
  }
}
