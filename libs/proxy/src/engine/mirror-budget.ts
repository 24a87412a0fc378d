// SPDX-License-Identifier: Apache-2.0
import type { Clock, Dispatch, Fault, HeaderList, ResponseHandler, Timer, UpstreamCall } from '@weir/base';
import type { ResourceName } from '@weir/policy/snapshot';

export interface MirrorBudgetOptions {
  readonly clock: Clock;
  readonly maxInFlight: number;
  readonly timeoutMs: number;
  /** A copy was not sent, or not waited for any longer. */
  onDropped(backend: ResourceName): void;
}

/** Holds the copies of requests within bounds: a backend of mirrors that hangs must not use up what real traffic needs. */
export class MirrorBudget {
  private readonly options: MirrorBudgetOptions;
  private readonly inFlight = new Map<ResourceName, number>();

  constructor(options: MirrorBudgetOptions) {
    this.options = options;
  }

  /** The dispatch for one copy to `backend`; undefined, and counted, where there are too many on their way. */
  admit(backend: ResourceName, dispatch: Dispatch): Dispatch | undefined {
    const count = this.inFlight.get(backend) ?? 0;
    if (count >= this.options.maxInFlight) {
      this.options.onDropped(backend);
      return undefined;
    }
    this.inFlight.set(backend, count + 1);
    return (exchange, handler) => {
      const call = new BoundedCall(handler, () => this.release(backend));
      call.start(
        dispatch(exchange, call),
        this.options.clock.after(this.options.timeoutMs, () => this.expire(backend, call)),
      );
      return call;
    };
  }

  private release(backend: ResourceName): void {
    const count = (this.inFlight.get(backend) ?? 1) - 1;
    if (count === 0) this.inFlight.delete(backend);
    else this.inFlight.set(backend, count);
  }

  private expire(backend: ResourceName, call: BoundedCall): void {
    this.options.onDropped(backend);
    call.cancel('late');
  }
}

/** One copy: its answer is dropped as it comes, and its end is heard of once. */
class BoundedCall implements ResponseHandler, UpstreamCall {
  private readonly handler: ResponseHandler;
  private readonly onOver: () => void;
  private call: UpstreamCall | undefined;
  private timer: Timer | undefined;
  private isOver = false;

  constructor(handler: ResponseHandler, onOver: () => void) {
    this.handler = handler;
    this.onOver = onOver;
  }

  start(call: UpstreamCall, timer: Timer): void {
    this.call = call;
    this.timer = timer;
    if (this.isOver) timer.cancel();
  }

  onInformation(): void {
    // Nobody is told.
  }

  onHead(): void {
    // Nobody is told.
  }

  onData(): boolean {
    return true;
  }

  onEnd(trailers: HeaderList | undefined): void {
    this.end();
    this.handler.onEnd(trailers);
  }

  onFault(fault: Fault): void {
    this.end();
    this.handler.onFault(fault);
  }

  resume(): void {
    this.call?.resume();
  }

  cancel(why?: 'late'): void {
    this.end();
    this.call?.cancel(why);
  }

  private end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.timer?.cancel();
    this.onOver();
  }
}
