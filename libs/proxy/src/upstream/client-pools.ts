// SPDX-License-Identifier: Apache-2.0
import type { Dispatch, Downstream } from '@weir/base';
import type { EndpointPool, PoolContext, PoolTarget } from '../engine/endpoint-pool.ts';
import { failedCall } from '../engine/failing-dispatch.ts';
import { proxyHeader } from '../proxy-protocol/proxy-header.ts';
import { CountingPoolContext } from './counting-pool-context.ts';

export interface ClientPoolsInit {
  readonly target: PoolTarget;
  readonly proxyProtocol: 'v1' | 'v2';
  /** Creates the pool of one client, whose connections begin with this header. */
  createPool(header: Buffer, context: PoolContext): EndpointPool;
}

/**
 * The connections of one worker to an endpoint that expects a PROXY header. It names the client of all that follows, so a
 * connection serves the client's connection that it was made for, and no other one (as of Envoy and HAProxy).
 */
export class ClientPools implements EndpointPool {
  readonly target: PoolTarget;
  private readonly init: ClientPoolsInit;
  private readonly context: CountingPoolContext;
  /** By both ends of the client's connection, the first begun first. */
  private readonly pools = new Map<string, EndpointPool>();
  /** Whose idle connections had to make room. */
  private readonly retired = new Set<EndpointPool>();

  constructor(init: ClientPoolsInit, context: PoolContext) {
    this.target = init.target;
    this.init = init;
    this.context = new CountingPoolContext(context);
  }

  get hasFreeConnection(): boolean {
    return [...this.pools.values()].some(({ hasFreeConnection }) => hasFreeConnection);
  }

  get isEmpty(): boolean {
    return this.context.connectionCount === 0;
  }

  readonly dispatch: Dispatch = (exchange, handler) => {
    const pool = this.poolOf(exchange.downstream);
    if (!pool.hasFreeConnection && !this.makeRoom(pool)) {
      return failedCall(handler, 'overloaded', `${this.context.connectionCount} connections to the endpoint are busy`);
    }
    return pool.dispatch(exchange, handler);
  };

  dropIdle(): boolean {
    for (const pool of this.pools.values()) if (pool.dropIdle()) return true;
    return false;
  }

  sweep(nowMs: number): void {
    for (const [key, pool] of this.pools) {
      pool.sweep(nowMs);
      if (!pool.isEmpty) continue;
      pool.retire();
      this.pools.delete(key);
    }
    for (const pool of this.retired) {
      pool.sweep(nowMs);
      if (pool.isEmpty) this.retired.delete(pool);
    }
  }

  retire(): void {
    for (const pool of this.pools.values()) pool.retire();
  }

  close(): void {
    for (const pool of [...this.pools.values(), ...this.retired]) pool.close();
  }

  private poolOf({ remoteAddress, remotePort, localAddress, localPort }: Downstream): EndpointPool {
    const key = `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
    const known = this.pools.get(key);
    if (known !== undefined) return known;
    const header = proxyHeader(this.init.proxyProtocol, {
      source: { address: remoteAddress, port: remotePort },
      destination: { address: localAddress, port: localPort },
    });
    const pool = this.init.createPool(header, this.context);
    this.pools.set(key, pool);
    return pool;
  }

  /** Idle connections of clients that may be gone make room for one that is there, the oldest clients' first. */
  private makeRoom(taker: EndpointPool): boolean {
    const { context } = this;
    for (const [key, pool] of this.pools) {
      if (context.connectionCount < context.limits.maxUpstreamConnections) return true;
      if (pool === taker) continue;
      pool.retire();
      this.pools.delete(key);
      if (!pool.isEmpty) this.retired.add(pool);
    }
    return context.connectionCount < context.limits.maxUpstreamConnections;
  }
}
