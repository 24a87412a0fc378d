// SPDX-License-Identifier: Apache-2.0
import { PassingHandler } from '@weir/base';
import type { Dispatch, Exchange, Fault, HeaderList, ResponseHandler, ResponseHead } from '@weir/base';
import type { EndpointPool, PoolContext, PoolTarget } from '../engine/endpoint-pool.ts';
import { createRepeatBudget, isSafeToRepeat } from '../engine/endpoint-pool.ts';
import type { RetryBudget } from '@weir/resilience';
import { failedCall } from '../engine/failing-dispatch.ts';
import type { Limits } from '../engine/settings.ts';
import type { WriteBatch } from '../http1/socket-writer.ts';
import { Http2UpstreamConnection } from './upstream-connection.ts';
import type { Http2UpstreamHost, UpstreamRequest } from './upstream-connection.ts';

/** The HTTP/2 connections of one worker to one endpoint: one, and another where its server takes no more requests at a time. */
export class Http2UpstreamPool implements EndpointPool, Http2UpstreamHost {
  readonly target: PoolTarget;
  readonly context: PoolContext;
  readonly repeatBudget: RetryBudget;
  private readonly connections = new Set<Http2UpstreamConnection>();
  private isRetired = false;

  constructor(target: PoolTarget, context: PoolContext) {
    this.target = target;
    this.context = context;
    this.repeatBudget = createRepeatBudget(context);
  }

  get limits(): Limits {
    return this.context.limits;
  }

  get batch(): WriteBatch {
    return this.context.batch;
  }

  get coarseNowMs(): number {
    return this.context.coarseNowMs;
  }

  get hasFreeConnection(): boolean {
    return [...this.connections].some(({ hasRoom }) => hasRoom);
  }

  get isEmpty(): boolean {
    return this.connections.size === 0;
  }

  readonly dispatch: Dispatch = (exchange, handler) => {
    if (this.isFull()) return failedCall(handler, 'overloaded', `${this.connections.size} connections to the endpoint are busy`);
    return new Http2Call(this, exchange, handler).start();
  };

  /** A connection that takes another request. */
  connection(): Http2UpstreamConnection {
    for (const connection of this.connections) if (connection.hasRoom) return connection;
    const connection = new Http2UpstreamConnection(this.target, this);
    this.connections.add(connection);
    this.context.telemetry.upstreamConnectionOpened();
    // A request that was on its way when the endpoint left may still need one, for itself alone.
    if (this.isRetired) connection.retire();
    return connection;
  }

  dropIdle(): boolean {
    for (const connection of this.connections) {
      if (!connection.isIdle) continue;
      connection.retire();
      return true;
    }
    return false;
  }

  sweep(nowMs: number): void {
    for (const connection of [...this.connections]) connection.sweep(nowMs);
  }

  retire(): void {
    this.isRetired = true;
    for (const connection of [...this.connections]) connection.retire();
  }

  close(): void {
    for (const connection of [...this.connections]) connection.close('the gateway ends');
  }

  onClosed(connection: Http2UpstreamConnection): void {
    if (this.connections.delete(connection)) this.context.telemetry.upstreamConnectionClosed();
  }

  private isFull(): boolean {
    return this.connections.size >= this.limits.maxUpstreamConnections && !this.hasFreeConnection;
  }
}

/** One request on a pool. One that its server has provably not looked at goes once more, on another connection. */
class Http2Call extends PassingHandler {
  private readonly pool: Http2UpstreamPool;
  private readonly exchange: Exchange;
  private connection: Http2UpstreamConnection | undefined;
  private request: UpstreamRequest | undefined;
  private isRepeated = false;
  private isAnswered = false;
  private isEnded = false;

  constructor(pool: Http2UpstreamPool, exchange: Exchange, handler: ResponseHandler) {
    super(handler);
    this.pool = pool;
    this.exchange = exchange;
    pool.context.loads.begin(pool.target.slot);
    pool.repeatBudget.deposit();
  }

  start(): this {
    this.connection = this.pool.connection();
    this.request = this.connection.send({ exchange: this.exchange, handler: this });
    return this;
  }

  resume(): void {
    if (!this.isEnded) this.request?.resume();
  }

  cancel(): void {
    if (this.isEnded) return;
    this.finish();
    this.request?.cancel();
  }

  override onHead(head: ResponseHead): void {
    this.isAnswered = true;
    super.onHead(head);
  }

  override onEnd(trailers: HeaderList | undefined): void {
    this.finish();
    super.onEnd(trailers);
  }

  override onFault(fault: Fault): void {
    if (this.isEnded) return;
    if (this.mayRepeat(fault) && this.pool.repeatBudget.withdraw()) {
      this.isRepeated = true;
      this.exchange.repeats++;
      this.start();
      return;
    }
    this.finish();
    super.onFault(fault);
  }

  private finish(): void {
    this.isEnded = true;
    this.pool.context.loads.end(this.pool.target.slot);
  }

  private mayRepeat({ code }: Fault): boolean {
    const { connection, exchange } = this;
    if (this.isRepeated || this.isAnswered || exchange.body.isStarted || connection?.hasServedBefore !== true) return false;
    return code === 'upstream_reset_before_request' || (code === 'upstream_reset' && isSafeToRepeat(exchange));
  }
}
