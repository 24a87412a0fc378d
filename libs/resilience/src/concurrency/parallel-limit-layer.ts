// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { HeaderList, Layer, ResponseHandler, ResponseHead, UpstreamCall } from '@weir/base';
import { faultedCall } from '../refusal/faulted-call.ts';
import type { SharedCount } from './shared-count.ts';

export interface ParallelLimitOptions {
  /** Calls that have begun and not ended. */
  readonly count: SharedCount;
  /** At most so many, over all workers. */
  readonly max: number;
  /** Of the backend, for people. */
  readonly label: string;
  readonly onRefused: () => void;
}

/** Refuses calls beyond a number at a time with Fault `backend_busy`. */
export function createParallelLimitLayer({ count, max, label, onRefused }: ParallelLimitOptions): Layer {
  return next => (exchange, handler) => {
    if (!count.addWithin(max)) {
      onRefused();
      return faultedCall(handler, new Fault('backend_busy', `${label} has its ${max} requests at a time`));
    }
    const call = new CountedCall(count, handler);
    return call.follow(next(exchange, call));
  };
}

/** Gives its place back once, however it ends. */
class CountedCall implements ResponseHandler, UpstreamCall {
  private readonly count: SharedCount;
  private readonly handler: ResponseHandler;
  private call: UpstreamCall | undefined;
  private isOver = false;

  constructor(count: SharedCount, handler: ResponseHandler) {
    this.count = count;
    this.handler = handler;
  }

  follow(call: UpstreamCall): this {
    this.call = call;
    return this;
  }

  resume(): void {
    this.call?.resume();
  }

  cancel(why?: 'late'): void {
    this.end();
    this.call?.cancel(why);
  }

  onInformation(head: ResponseHead): void {
    this.handler.onInformation(head);
  }

  onHead(head: ResponseHead): void {
    this.handler.onHead(head);
  }

  onData(chunk: Buffer): boolean {
    return this.handler.onData(chunk);
  }

  onEnd(trailers: HeaderList | undefined): void {
    this.end();
    this.handler.onEnd(trailers);
  }

  onFault(fault: Fault): void {
    this.end();
    this.handler.onFault(fault);
  }

  private end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.count.take();
  }
}
