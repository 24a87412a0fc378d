// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';
import type { Backend, Endpoint, Utilization } from '@weir/policy/snapshot';
import { EndpointLatency, EndpointUtilization } from '@weir/resilience';
import type { ConnectionGate } from '@weir/resilience';
import type { BackendSession } from '../tls/backend-sessions.ts';
import { createEndpointPool } from '../upstream/create-endpoint-pool.ts';
import { endpointKey } from './endpoint-key.ts';
import type { EndpointPool, PoolContext } from './endpoint-pool.ts';

/** What of a backend decides which pool of an endpoint it uses. */
export interface PoolNeeds extends Pick<Backend, 'connectTimeoutMs' | 'protocol'> {
  /** Undefined = plaintext. */
  readonly session?: BackendSession | undefined;
  readonly proxyProtocol?: Backend['proxyProtocol'];
  /** Address of this host to call from; undefined = whichever the system takes. */
  readonly localAddress?: string | undefined;
  /** Undefined = as many connections as an endpoint may have. */
  readonly gate?: ConnectionGate | undefined;
}

/**
 * Whatever two connections differ in, as far as a request can tell: none may go over one that was made for another protocol, another
 * trust, another certificate of ours, or for clients to be named; nor wait for one longer than its own backend allows, nor use one
 * that counts in the limits of another.
 */
function poolKey(
  endpoint: Endpoint,
  { protocol, connectTimeoutMs, session, proxyProtocol, gate, localAddress }: PoolNeeds,
): string {
  const key = `${protocol} ${endpointKey(endpoint)} ${connectTimeoutMs}${gate === undefined ? '' : ` ${gate.name}`}`;
  if (session === undefined && proxyProtocol === undefined) return key;
  return `${key} ${proxyProtocol ?? 'no'} ${session?.key ?? 'plaintext'} ${localAddress ?? ''}`;
}

interface UtilizationOwner {
  readonly clock: Clock;
  /** Of the backend: its own answers are what it counts. */
  readonly name: string;
}

/** A pool and how many backends use it. */
interface SharedPool {
  readonly pool: EndpointPool;
  userCount: number;
}

/** The pools of a worker, one per endpoint and way of connecting to it, shared by every backend and route that leads there. */
export class PoolRegistry {
  private readonly pools = new Map<string, SharedPool>();
  /** Endpoints that left while they had requests to answer. */
  private readonly retired = new Set<EndpointPool>();
  private readonly slots = new Map<string, number>();
  private readonly latencies = new Map<string, EndpointLatency>();
  /** By endpoint, then by who asks for what. */
  private readonly utilizations = new Map<string, Map<string, EndpointUtilization>>();
  private readonly useCounts = new Map<string, number>();
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

  /** An endpoint is in use, whatever pools it has: its place in the loads stays known until as many `leave` it. */
  enter(endpoint: Endpoint): void {
    const key = endpointKey(endpoint);
    this.useCounts.set(key, (this.useCounts.get(key) ?? 0) + 1);
  }

  leave(endpoint: Endpoint): void {
    const key = endpointKey(endpoint);
    const userCount = (this.useCounts.get(key) ?? 0) - 1;
    if (userCount > 0) {
      this.useCounts.set(key, userCount);
      return;
    }
    this.useCounts.delete(key);
    this.slots.delete(key);
    this.latencies.delete(key);
    this.utilizations.delete(key);
  }

  /** How fast an endpoint that is in use answers: what is known of it outlives changes of the set that it is in. */
  latencyOf(endpoint: Endpoint, clock: Clock): EndpointLatency {
    const key = endpointKey(endpoint);
    const known = this.latencies.get(key);
    if (known !== undefined) return known;
    const latency = new EndpointLatency(clock);
    this.latencies.set(key, latency);
    return latency;
  }

  /** As `latencyOf`, for what an endpoint reports to one backend. */
  utilizationOf(endpoint: Endpoint, settings: Utilization, { clock, name }: UtilizationOwner): EndpointUtilization {
    const endpointName = endpointKey(endpoint);
    const ofEndpoint = this.utilizations.get(endpointName) ?? new Map<string, EndpointUtilization>();
    this.utilizations.set(endpointName, ofEndpoint);
    const key = `${name} ${settings.blackoutMs} ${settings.expiryMs} ${settings.errorPenalty}`;
    const known = ofEndpoint.get(key);
    if (known !== undefined) return known;
    const utilization = new EndpointUtilization(settings, clock.nowMs());
    ofEndpoint.set(key, utilization);
    return utilization;
  }

  acquire(endpoint: Endpoint, needs: PoolNeeds): EndpointPool {
    const key = poolKey(endpoint, needs);
    const shared = this.pools.get(key);
    if (shared !== undefined) {
      shared.userCount++;
      return shared.pool;
    }
    const { connectTimeoutMs, localAddress } = needs;
    const target = { ...endpoint, connectTimeoutMs, localAddress, slot: this.slotOf(endpoint) };
    const pool = createEndpointPool(target, needs, this.context);
    this.pools.set(key, { pool, userCount: 1 });
    return pool;
  }

  release(endpoint: Endpoint, needs: PoolNeeds): void {
    const key = poolKey(endpoint, needs);
    const shared = this.pools.get(key);
    if (shared === undefined || --shared.userCount > 0) return;
    this.pools.delete(key);
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
