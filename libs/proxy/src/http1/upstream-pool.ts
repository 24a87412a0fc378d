// SPDX-License-Identifier: Apache-2.0
import { PassingHandler } from '@weir/base';
import type { Dispatch, Exchange, Fault, HeaderList, ResponseHandler } from '@weir/base';
import type { EndpointLoads, RetryBudget } from '@weir/resilience';
import { createRepeatBudget, isSafeToRepeat } from '../engine/endpoint-pool.ts';
import type { EndpointPool, PoolContext, PoolTarget } from '../engine/endpoint-pool.ts';
import { failedCall } from '../engine/failing-dispatch.ts';
import { UpstreamConnection } from './upstream-connection.ts';
import type { UpstreamHost } from './upstream-connection.ts';
import type { Limits } from '../engine/settings.ts';
import type { WriteBatch } from './socket-writer.ts';

/** The connections of one worker to one endpoint, used again one request after another; the last freed goes first, so that the rest can age out. */
export class UpstreamPool implements EndpointPool, UpstreamHost {
  readonly target: PoolTarget;
  readonly repeatBudget: RetryBudget;
  private readonly context: PoolContext;
  private readonly idle: UpstreamConnection[] = [];
  private readonly all = new Set<UpstreamConnection>();
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

  get loads(): EndpointLoads {
    return this.context.loads;
  }

  get hasFreeConnection(): boolean {
    return this.idle.length > 0;
  }

  get isEmpty(): boolean {
    return this.all.size === 0;
  }

  readonly dispatch: Dispatch = (exchange, handler) => {
    const idle = this.takeIdle();
    if (idle === undefined && this.all.size >= this.limits.maxUpstreamConnections) {
      return failedCall(handler, 'overloaded', `${this.all.size} connections to the endpoint are busy`);
    }
    const call = new PooledCall(this, exchange, handler);
    call.start(idle ?? this.open());
    return call;
  };

  open(): UpstreamConnection {
    const connection = new UpstreamConnection(this.target, this);
    this.all.add(connection);
    this.context.telemetry.upstreamConnectionOpened();
    return connection;
  }

  dropIdle(): boolean {
    const connection = this.idle.shift();
    connection?.destroy();
    return connection !== undefined;
  }

  sweep(nowMs: number): void {
    for (const connection of this.all) connection.sweep(nowMs);
  }

  retire(): void {
    this.isRetired = true;
    for (const connection of this.idle.splice(0)) connection.destroy();
  }

  close(): void {
    for (const connection of [...this.all]) connection.destroy();
  }

  onFree(connection: UpstreamConnection): void {
    if (this.isRetired || this.idle.length >= this.limits.maxIdleUpstreamConnections) connection.destroy();
    else this.idle.push(connection);
  }

  onClosed(connection: UpstreamConnection): void {
    if (this.all.delete(connection)) this.context.telemetry.upstreamConnectionClosed();
    const index = this.idle.indexOf(connection);
    if (index !== -1) this.idle.splice(index, 1);
  }

  private takeIdle(): UpstreamConnection | undefined {
    for (let connection = this.idle.pop(); connection !== undefined; connection = this.idle.pop()) {
      if (connection.isUsable) return connection;
      connection.destroy();
    }
    return undefined;
  }
}

/** One request on a pool. Hides a connection that its server was just closing: such a request goes once more, on a new connection. */
class PooledCall extends PassingHandler {
  private readonly pool: UpstreamPool;
  private readonly exchange: Exchange;
  private connection: UpstreamConnection | undefined;
  private isEnded = false;

  constructor(pool: UpstreamPool, exchange: Exchange, handler: ResponseHandler) {
    super(handler);
    this.pool = pool;
    this.exchange = exchange;
    pool.loads.begin(pool.target.slot);
    pool.repeatBudget.deposit();
  }

  start(connection: UpstreamConnection): void {
    this.connection = connection;
    connection.send({ exchange: this.exchange, handler: this });
  }

  resume(): void {
    if (!this.isEnded) this.connection?.resume();
  }

  cancel(): void {
    if (this.isEnded) return;
    this.finish();
    this.connection?.cancel();
  }

  override onEnd(trailers: HeaderList | undefined): void {
    this.finish();
    super.onEnd(trailers);
  }

  override onFault(fault: Fault): void {
    if (this.isEnded) return;
    if (this.isStale(fault) && this.pool.repeatBudget.withdraw()) {
      this.exchange.repeats++;
      this.start(this.pool.open());
      return;
    }
    this.finish();
    super.onFault(fault);
  }

  private finish(): void {
    this.isEnded = true;
    this.pool.loads.end(this.pool.target.slot);
  }

  /** Only what was provably not processed, or changes nothing when it is: not a byte sent, or a safe method without a body. */
  private isStale(fault: Fault): boolean {
    const { connection, exchange } = this;
    if (connection === undefined || !connection.hasServedBefore || exchange.body.isStarted) return false;
    if (fault.code !== 'upstream_reset' && fault.code !== 'upstream_reset_before_request') return false;
    const { isUnsent, isUnanswered } = connection.progress;
    if (!isUnanswered) return false;
    return isUnsent || isSafeToRepeat(exchange);
  }
}
