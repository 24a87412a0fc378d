// SPDX-License-Identifier: Apache-2.0
import { isIP } from 'node:net';
import type { Clock } from '@weir/base';
import type { RateLimitStore } from '@weir/policy/snapshot';
import type { RateCharge, SharedDecision } from '@weir/resilience';
import type { RedisLimiter, RedisLimiterOptions } from './redis-limiter.ts';
import { StoreHealth } from './store-health.ts';
import type { StoreObserver } from './store-health.ts';

type OpenLimiter = (options: RedisLimiterOptions) => RedisLimiter;

export interface RateStoresOptions {
  readonly clock: Clock;
  readonly observer: StoreObserver;
  /** Loads the client of Redis; called once, before the first store. */
  readonly loadLimiters: () => Promise<OpenLimiter>;
}

/**
 * The stores of one worker, one connection for each, also where several policies name the same. What is said otherwise of one, such as
 * a new password, makes it another store.
 */
export class RateStores {
  private readonly options: RateStoresOptions;
  private readonly byContent = new Map<string, RateStoreConnection>();
  private loading: Promise<OpenLimiter> | undefined = undefined;
  private open: OpenLimiter | undefined = undefined;

  constructor(options: RateStoresOptions) {
    this.options = options;
  }

  /** To be awaited before `retain` is told of a store. */
  async load(): Promise<void> {
    this.loading ??= this.options.loadLimiters();
    this.open = await this.loading;
  }

  /** Without a connection until `retain` is told of it. */
  of(store: RateLimitStore): RateStoreConnection {
    const content = JSON.stringify(store);
    const known = this.byContent.get(content);
    if (known !== undefined) return known;
    const connection = new RateStoreConnection(store, this.options);
    this.byContent.set(content, connection);
    return connection;
  }

  /** Connects to what is in use, and ends all other connections. */
  retain(stores: readonly RateLimitStore[]): void {
    const used = new Set(stores.map(store => JSON.stringify(store)));
    for (const [content, connection] of this.byContent) {
      if (used.has(content)) connection.connect(this.open);
      else connection.leave();
      if (!used.has(content)) this.byContent.delete(content);
    }
  }

  close(): void {
    this.retain([]);
  }
}

const NOT_CONNECTED: SharedDecision = { kind: 'unavailable', reason: 'it is not connected to' };

/** One store as a worker uses it. */
export class RateStoreConnection {
  private readonly store: RateLimitStore;
  private readonly clock: Clock;
  private readonly health: StoreHealth;
  private redis: RedisLimiter | undefined = undefined;

  constructor(store: RateLimitStore, { clock, observer }: RateStoresOptions) {
    this.store = store;
    this.clock = clock;
    this.health = new StoreHealth(store.url, observer);
  }

  /** Counts a request in all of the charges, or in none. Resolves within the store's time. */
  async admit(charges: readonly RateCharge[]): Promise<SharedDecision> {
    const decision = this.redis === undefined ? NOT_CONNECTED : await this.redis.limiter.admit(charges);
    this.health.note(decision);
    return decision;
  }

  connect(open: OpenLimiter | undefined): void {
    if (this.redis !== undefined) return;
    if (open === undefined) throw new Error('the client of Redis is not loaded');
    const { host, port, username, password, database, tls, timeoutMs } = this.store;
    this.redis = open({
      ...{ host, port, username, password, database },
      tls: tls && { ca: tls.authoritiesPem, servername: serverNameOf(host) },
      deadlineMs: timeoutMs,
      clock: this.clock,
    });
  }

  /** Requests that wait for an answer still get it. */
  leave(): void {
    const { redis } = this;
    this.redis = undefined;
    if (redis !== undefined) this.clock.after(this.store.timeoutMs, () => redis.close());
  }
}

/** Addresses are no server names (RFC 6066 §3); certificates are checked against them all the same. */
function serverNameOf(host: string): string | undefined {
  return isIP(host) === 0 ? host : undefined;
}
