// SPDX-License-Identifier: Apache-2.0
import type { Backend, BackendProtocol, Endpoint } from '@weir/policy/snapshot';
import { UpstreamPool } from '../http1/upstream-pool.ts';
import { Http2UpstreamPool } from '../http2/upstream-pool.ts';
import { endpointKey } from './endpoint-key.ts';
import type { EndpointPool, PoolContext } from './endpoint-pool.ts';

/** What of a backend decides which pool of an endpoint it uses. */
export type PoolNeeds = Pick<Backend, 'connectTimeoutMs' | 'protocol'>;

const PROTOCOLS: readonly BackendProtocol[] = ['http1', 'http2'];

function poolKey(endpoint: Endpoint, protocol: BackendProtocol): string {
  return `${protocol} ${endpointKey(endpoint)}`;
}

/** A pool and how many backends use it. */
interface SharedPool {
  readonly pool: EndpointPool;
  userCount: number;
}

/** The pools of a worker, one per endpoint, shared by every backend and route that leads there. */
export class PoolRegistry {
  private readonly pools = new Map<string, SharedPool>();
  /** Endpoints that left while they had requests to answer. */
  private readonly retired = new Set<EndpointPool>();
  private readonly slots = new Map<string, number>();
  private readonly context: PoolContext;

  constructor(context: PoolContext) {
    this.context = context;
  }

  /** Notes where the main thread placed endpoints in the shared loads. */
  learnSlots(slots: readonly (readonly [endpoint: string, slot: number])[]): void {
    for (const [endpoint, slot] of slots) this.slots.set(endpoint, slot);
  }

  slotOf(endpoint: Endpoint): number {
    return this.slots.get(endpointKey(endpoint)) ?? -1;
  }

  acquire(endpoint: Endpoint, { protocol, connectTimeoutMs }: PoolNeeds): EndpointPool {
    const key = poolKey(endpoint, protocol);
    const shared = this.pools.get(key);
    if (shared !== undefined) {
      shared.userCount++;
      return shared.pool;
    }
    const target = { ...endpoint, connectTimeoutMs, slot: this.slotOf(endpoint) };
    const pool = protocol === 'http2' ? new Http2UpstreamPool(target, this.context) : new UpstreamPool(target, this.context);
    this.pools.set(key, { pool, userCount: 1 });
    return pool;
  }

  release(endpoint: Endpoint, { protocol }: PoolNeeds): void {
    const key = poolKey(endpoint, protocol);
    const shared = this.pools.get(key);
    if (shared === undefined || --shared.userCount > 0) return;
    this.pools.delete(key);
    if (!PROTOCOLS.some(each => this.pools.has(poolKey(endpoint, each)))) this.slots.delete(endpointKey(endpoint));
    shared.pool.retire();
    if (!shared.pool.isEmpty) this.retired.add(shared.pool);
  }

  sweep(nowMs: number): void {
    for (const { pool } of this.pools.values()) pool.sweep(nowMs);
    for (const pool of this.retired) {
      pool.sweep(nowMs);
      if (pool.isEmpty) this.retired.delete(pool);
    }
  }

  close(): void {
    for (const { pool } of this.pools.values()) pool.close();
    for (const pool of this.retired) pool.close();
  }
}
