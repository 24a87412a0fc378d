// SPDX-License-Identifier: Apache-2.0
import { Fault, PassingCall } from '@weir/base';
import type { HeaderList, Layer, ResponseHandler } from '@weir/base';
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
class CountedCall extends PassingCall {
  private readonly count: SharedCount;
  private isOver = false;

  constructor(count: SharedCount, handler: ResponseHandler) {
    super(handler);
    this.count = count;
  }

  override cancel(why?: 'late'): void {
    this.end();
    this.call?.cancel(why);
  }

  override onEnd(trailers: HeaderList | undefined): void {
    this.end();
    super.onEnd(trailers);
  }

  override onFault(fault: Fault): void {
    this.end();
    super.onFault(fault);
  }

  private end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.count.take();
  }
}
