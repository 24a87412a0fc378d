// SPDX-License-Identifier: Apache-2.0
import { Ways } from '@weir/base';
import type { Endpoint } from '@weir/policy/snapshot';
import { endpointKey } from '../engine/endpoint-key.ts';
import type { PoolRegistry } from '../engine/pool-registry.ts';
import type { RuleTarget } from '../engine/rule-runtime.ts';
import { CONNECT_TIMEOUT_MS } from './outbound-front.ts';

/** Places outside to which connections are kept for the next request. */
const MAX_PLACES = 64;
const NEEDS = { protocol: 'http1', connectTimeoutMs: CONNECT_TIMEOUT_MS } as const;

/** Requests of an application, by way of its proxy, to places outside of the mesh: no rule says anything of them. */
export class OutsideCalls {
  private readonly registry: PoolRegistry;
  /** By `address:port`; the longest unused first. */
  private readonly places = new Map<string, Endpoint>();
  private readonly ways = new Ways();

  constructor(registry: PoolRegistry) {
    this.registry = registry;
  }

  targetTo(endpoint: Endpoint): RuleTarget {
    return {
      label: 'outside',
      filters: [],
      priority: () => undefined,
      ways: this.ways,
      dispatch: (exchange, handler) => {
        const key = endpointKey(endpoint);
        exchange.attempts++;
        exchange.served.endpoint = key;
        return this.poolOf(key, endpoint).dispatch(exchange, handler);
      },
    };
  }

  private poolOf(key: string, endpoint: Endpoint) {
    const pool = this.registry.acquire(endpoint, NEEDS);
    const isKept = this.places.delete(key);
    this.places.set(key, endpoint);
    if (isKept) this.registry.release(endpoint, NEEDS);
    const [oldest] = this.places;
    if (this.places.size > MAX_PLACES && oldest !== undefined) {
      this.places.delete(oldest[0]);
      this.registry.release(oldest[1], NEEDS);
    }
    return pool;
  }
}
