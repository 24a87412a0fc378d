// SPDX-License-Identifier: Apache-2.0
import type { Dispatch, Random } from '@weir/base';
import type { Backend, Endpoint } from '@weir/policy/snapshot';
import { createEndpointPicker } from '@weir/resilience';
import type { EndpointPicker } from '@weir/resilience';
import { endpointKey } from './endpoint-key.ts';
import type { EndpointPool, PoolContext } from './endpoint-pool.ts';
import { failedCall } from './failing-dispatch.ts';
import { whyNotPlain } from './plain-request.ts';
import type { PoolRegistry } from './pool-registry.ts';

/** An endpoint that the balancer has chosen. */
export interface ChosenEndpoint {
  readonly index: number;
  readonly endpoint: Endpoint;
  /** `address:port`. */
  readonly key: string;
  /** Place in the shared loads. */
  readonly slot: number;
}

/** A backend at work: its endpoints' pools and the picker over them. Made anew when its endpoints change. */
export class BackendRuntime {
  readonly backend: Backend;
  private readonly pools: readonly EndpointPool[];
  private readonly keys: readonly string[];
  private readonly picker: EndpointPicker;
  private readonly registry: PoolRegistry;

  constructor(backend: Backend, registry: PoolRegistry, ports: { readonly context: PoolContext; readonly random: Random }) {
    this.backend = backend;
    this.registry = registry;
    this.pools = backend.endpoints.map(endpoint => registry.acquire(endpoint, backend));
    this.keys = backend.endpoints.map(endpointKey);
    this.picker = createEndpointPicker(backend.balance, {
      slots: this.pools.map(pool => pool.target.slot),
      loads: ports.context.loads,
      random: ports.random,
    });
  }

  /** Sends one attempt to an endpoint of the balancer's choice, another than the last attempt's where there is one. */
  readonly dispatch: Dispatch = (exchange, handler) => {
    const hindrance = whyNotPlain(this.backend);
    if (hindrance !== undefined) return failedCall(handler, 'no_endpoints', hindrance);
    const lastIndex = exchange.attempts === 0 ? -1 : this.keys.indexOf(exchange.served.endpoint);
    const index = lastIndex === -1 ? this.picker.pick() : this.picker.pick(lastIndex);
    const pool = this.pools[index];
    exchange.attempts++;
    if (pool === undefined) return failedCall(handler, 'no_endpoints', `${this.backend.label} has no ready endpoints`);
    exchange.served.endpoint = this.keys[index] ?? '';
    return pool.dispatch(exchange, handler);
  };

  /** An endpoint for a whole connection, another than `excluded` (an index) where there is one; undefined = there is none. */
  choose(excluded = -1): ChosenEndpoint | undefined {
    const index = excluded === -1 ? this.picker.pick() : this.picker.pick(excluded);
    const endpoint = this.backend.endpoints[index];
    if (endpoint === undefined) return undefined;
    return { index, endpoint, key: this.keys[index] ?? '', slot: this.pools[index]?.target.slot ?? -1 };
  }

  /** Whether an endpoint, `address:port`, is one of its own. */
  serves(key: string): boolean {
    return this.keys.includes(key);
  }

  release(): void {
    for (const endpoint of this.backend.endpoints) this.registry.release(endpoint, this.backend);
  }
}
