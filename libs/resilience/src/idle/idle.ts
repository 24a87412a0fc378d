// SPDX-License-Identifier: Apache-2.0
import { Fault, PassingCall } from '@weir/base';
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

class WatchedCall extends PassingCall {
  private readonly options: IdleOptions;
  private body: WatchedBody | undefined = undefined;
  private isAnswered = false;
  private lastActivityMs: number;
  private timer: Timer;

  constructor(options: IdleOptions, handler: ResponseHandler) {
    super(handler);
    this.options = options;
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

  override onInformation(head: ResponseHead): void {
    this.onActivity();
    super.onInformation(head);
  }

  override onHead(head: ResponseHead): void {
    this.isAnswered = true;
    this.onActivity();
    super.onHead(head);
  }

  override onData(chunk: Buffer): boolean {
    this.onActivity();
    return super.onData(chunk);
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
    super.cancel(why);
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
    const code = this.faultCode();
    // Who was asked and says nothing is to blame; a client that does not go on, or does not read, is not the endpoint's fault.
    this.call?.cancel(code === 'upstream_timeout' ? 'late' : undefined);
    this.handler.onFault(new Fault(code, `no byte either way for ${idleTimeoutMs} ms`));
  }

  private faultCode(): 'idle_timeout' | 'request_timeout' | 'upstream_timeout' {
    if (this.isAnswered) return 'idle_timeout';
    return this.body?.isAwaited === true ? 'request_timeout' : 'upstream_timeout';
  }
}
