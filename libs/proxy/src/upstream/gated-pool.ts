// SPDX-License-Identifier: Apache-2.0
import { Fault, PassingCall } from '@weir/base';
import type { Dispatch, Exchange, HeaderList, ResponseHandler } from '@weir/base';
import { faultedCall } from '@weir/resilience';
import type { ConnectionGate, Waiter } from '@weir/resilience';
import type { EndpointPool, PoolContext, PoolTarget } from '../engine/endpoint-pool.ts';
import { GatedPoolContext } from './gated-pool-context.ts';

export interface GatedPoolInit {
  readonly gate: ConnectionGate;
  readonly context: PoolContext;
  /** Creates the pool whose connections are limited. */
  readonly createPool: (context: PoolContext) => EndpointPool;
}

/** A pool whose backend may only have so many connections: a request that would need one more waits for one, if there is a place to wait. */
export class GatedPool implements EndpointPool {
  readonly target: PoolTarget;
  private readonly gate: ConnectionGate;
  private readonly context: PoolContext;
  private readonly inner: EndpointPool;

  constructor({ gate, context, createPool }: GatedPoolInit) {
    this.gate = gate;
    this.context = context;
    this.inner = createPool(new GatedPoolContext(context, gate));
    this.target = this.inner.target;
    gate.join(this);
  }

  get hasFreeConnection(): boolean {
    return this.inner.hasFreeConnection;
  }

  get isEmpty(): boolean {
    return this.inner.isEmpty;
  }

  readonly dispatch: Dispatch = (exchange, handler) => {
    const call = new GatedCall({ gate: this.gate, dispatch: this.inner.dispatch, exchange, handler });
    if (!this.gate.hasQueue && this.mayDispatch()) return call.start();
    const deadlineMs = this.context.coarseNowMs + this.target.connectTimeoutMs;
    const waiter: Waiter = {
      proceed: () => {
        if (!this.mayDispatch()) return false;
        call.start();
        return true;
      },
      sweep: nowMs => {
        if (nowMs > deadlineMs) call.giveUp(new Fault('backend_busy', 'no connection became free in time'));
      },
    };
    if (!this.gate.wait(waiter)) {
      return faultedCall(handler, new Fault('backend_busy', 'all connections are busy, and enough requests wait'));
    }
    return call.queue(waiter);
  };

  dropIdle(): boolean {
    return this.inner.dropIdle();
  }

  sweep(nowMs: number): void {
    this.inner.sweep(nowMs);
  }

  retire(): void {
    this.gate.part(this);
    this.inner.retire();
  }

  close(): void {
    this.inner.close();
  }

  private mayDispatch(): boolean {
    return this.inner.hasFreeConnection || this.gate.hasRoom();
  }
}

interface GatedCallInit {
  readonly gate: ConnectionGate;
  readonly dispatch: Dispatch;
  readonly exchange: Exchange;
  readonly handler: ResponseHandler;
}

/** A request that waits, or runs and lets the next one go when it is over. */
class GatedCall extends PassingCall {
  private readonly init: GatedCallInit;
  private waiter: Waiter | undefined;
  private isOver = false;

  constructor(init: GatedCallInit) {
    super(init.handler);
    this.init = init;
  }

  start(): this {
    const { dispatch, exchange } = this.init;
    this.waiter = undefined;
    this.call = dispatch(exchange, this);
    return this;
  }

  queue(waiter: Waiter): this {
    this.waiter = waiter;
    return this;
  }

  giveUp(fault: Fault): void {
    this.leaveQueue();
    this.isOver = true;
    this.handler.onFault(fault);
  }

  override cancel(why?: 'late'): void {
    this.leaveQueue();
    this.call?.cancel(why);
    this.end();
  }

  override onEnd(trailers: HeaderList | undefined): void {
    this.end();
    super.onEnd(trailers);
  }

  override onFault(fault: Fault): void {
    this.end();
    super.onFault(fault);
  }

  private leaveQueue(): void {
    if (this.waiter !== undefined) this.init.gate.leave(this.waiter);
    this.waiter = undefined;
  }

  /** Its connection is free a moment later, when the codec has put it back. */
  private end(): void {
    if (this.isOver) return;
    this.isOver = true;
    if (this.init.gate.hasQueue) queueMicrotask(() => this.init.gate.wake());
  }
}
