// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { Dispatch, Exchange, FaultCode, Random, ResponseHandler, UpstreamCall } from '@weir/base';
import type { Backend, Endpoint, ResourceName } from '@weir/policy/snapshot';
import { createEndpointPicker } from '@weir/resilience';
import type { EndpointPicker } from '@weir/resilience';
import { UpstreamPool } from '../http1/upstream-pool.ts';
import type { PoolContext } from '../http1/upstream-pool.ts';

/** `address:port`, with brackets around IPv6: the key of everything that is kept per endpoint. */
export function endpointKey({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** A pool and how many backends use it. */
interface SharedPool {
  readonly pool: UpstreamPool;
  userCount: number;
}

/** The pools of a worker, one per endpoint, shared by every backend and route that leads there. */
export class PoolRegistry {
  private readonly pools = new Map<string, SharedPool>();
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

  acquire(endpoint: Endpoint, connectTimeoutMs: number): UpstreamPool {
    const key = endpointKey(endpoint);
    const shared = this.pools.get(key);
    if (shared !== undefined) {
      shared.userCount++;
      return shared.pool;
    }
    const pool = new UpstreamPool({ ...endpoint, connectTimeoutMs, slot: this.slotOf(endpoint) }, this.context);
    this.pools.set(key, { pool, userCount: 1 });
    return pool;
  }

  release(endpoint: Endpoint): void {
    const key = endpointKey(endpoint);
    const shared = this.pools.get(key);
    if (shared === undefined || --shared.userCount > 0) return;
    this.pools.delete(key);
    shared.pool.retire();
  }

  sweep(nowMs: number): void {
    for (const { pool } of this.pools.values()) pool.sweep(nowMs);
  }

  close(): void {
    for (const { pool } of this.pools.values()) pool.close();
  }
}

/** A backend at work: its endpoints' pools and the picker over them. Made anew when its endpoints change. */
export class BackendRuntime {
  readonly backend: Backend;
  private readonly pools: readonly UpstreamPool[];
  private readonly keys: readonly string[];
  private readonly picker: EndpointPicker;
  private readonly registry: PoolRegistry;

  constructor(backend: Backend, registry: PoolRegistry, ports: { readonly context: PoolContext; readonly random: Random }) {
    this.backend = backend;
    this.registry = registry;
    this.pools = backend.endpoints.map(endpoint => registry.acquire(endpoint, backend.connectTimeoutMs));
    this.keys = backend.endpoints.map(endpointKey);
    this.picker = createEndpointPicker(backend.balance, {
      slots: this.pools.map(pool => pool.target.slot),
      loads: ports.context.loads,
      random: ports.random,
    });
  }

  /** Sends one attempt to an endpoint of the balancer's choice, another than the last attempt's where there is one. */
  readonly dispatch: Dispatch = (exchange, handler) => {
    const lastIndex = exchange.attempts === 0 ? -1 : this.keys.indexOf(exchange.served.endpoint);
    const index = lastIndex === -1 ? this.picker.pick() : this.picker.pick(lastIndex);
    const pool = this.pools[index];
    exchange.attempts++;
    if (pool === undefined) return failedCall(handler, 'no_endpoints', `${this.backend.label} has no ready endpoints`);
    exchange.served.endpoint = this.keys[index] ?? '';
    return pool.dispatch(exchange, handler);
  };

  release(): void {
    for (const endpoint of this.backend.endpoints) this.registry.release(endpoint);
  }
}

/** The name of a backend, bound to what it stands for now: rules keep their reference while endpoints come and go. */
export class BackendReference {
  readonly name: ResourceName;
  current: BackendRuntime | undefined;

  constructor(name: ResourceName) {
    this.name = name;
  }

  readonly dispatch: Dispatch = (exchange, handler) => {
    if (this.current !== undefined) return this.current.dispatch(exchange, handler);
    return failedCall(handler, 'backend_invalid', `backend ${this.name} is not known`);
  };
}

/** A call that fails without having been made; the fault comes after the caller has returned, as of any other call. */
export function failedCall(handler: ResponseHandler, code: FaultCode, detail: string): UpstreamCall {
  let isCancelled = false;
  queueMicrotask(() => {
    if (!isCancelled) handler.onFault(new Fault(code, detail));
  });
  return { resume: () => undefined, cancel: () => void (isCancelled = true) };
}

/** A dispatch that always fails. */
export function failingDispatch(code: FaultCode, detail: string): Dispatch {
  return (_exchange: Exchange, handler: ResponseHandler) => failedCall(handler, code, detail);
}
