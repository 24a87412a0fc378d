// SPDX-License-Identifier: Apache-2.0
import type { SharedCount } from './shared-count.ts';

export interface ConnectionGateOptions {
  /** Different for each gate of a worker. */
  readonly name: string;
  /** Connections that are open, idle ones included. */
  readonly connections: SharedCount;
  /** Requests that wait for one. */
  readonly waiting: SharedCount;
  readonly maxConnections: number;
  readonly maxPendingRequests: number;
  readonly onRefused: (reason: 'connections' | 'pending_requests') => void;
}

/** A pool, as far as it can make room. */
export interface IdleConnections {
  /** Closes a connection that nobody uses, if there is one. */
  dropIdle(): boolean;
}

/** A place in the queue. */
export interface Waiter {
  /** A connection may be had now; false = it could not be had after all, and the place is kept. */
  proceed(): boolean;
  /** Gives up where it has waited for too long; called a few times a second. */
  sweep(nowMs: number): void;
}

/**
 * How many connections the pools of a backend may have, over all workers, and who waits where they may have no more. A worker
 * may always have one: nobody else could make it room. So there can be one more for each further worker.
 */
export class ConnectionGate {
  readonly #options: ConnectionGateOptions;
  readonly #queue = new Set<Waiter>();
  readonly #pools = new Set<IdleConnections>();
  #isWaking = false;

  constructor(options: ConnectionGateOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** Whether a request has to queue up, although there may be a connection: others came before it. */
  get hasQueue(): boolean {
    return this.#queue.size > 0;
  }

  /** Whether one more connection may be opened. Closes one that nobody uses where that makes room. */
  hasRoom(): boolean {
    const { connections, maxConnections } = this.#options;
    return connections.own === 0 || connections.total < maxConnections || this.#dropIdle();
  }

  /** As hasRoom, for who does not wait. */
  admits(): boolean {
    if (this.hasRoom()) return true;
    this.#options.onRefused('connections');
    return false;
  }

  opened(): void {
    this.#options.connections.add();
  }

  closed(): void {
    this.#options.connections.take();
    this.wake();
  }

  /** Puts somebody in the queue; false = it is full. */
  wait(waiter: Waiter): boolean {
    const { waiting, maxPendingRequests, onRefused } = this.#options;
    if (!waiting.addWithin(maxPendingRequests)) {
      onRefused('pending_requests');
      return false;
    }
    this.#queue.add(waiter);
    return true;
  }

  leave(waiter: Waiter): void {
    if (this.#queue.delete(waiter)) this.#options.waiting.take();
  }

  join(pool: IdleConnections): void {
    this.#pools.add(pool);
  }

  part(pool: IdleConnections): void {
    this.#pools.delete(pool);
  }

  /** A connection was freed, or may have been: who waits longest goes first. */
  wake(): void {
    // What a waiter does can free a connection in its turn.
    if (this.#isWaking) return;
    this.#isWaking = true;
    for (const waiter of this.#queue) {
      if (!waiter.proceed()) break;
      this.leave(waiter);
    }
    this.#isWaking = false;
  }

  /**
   * Called a few times a second. Other workers cannot be told that a connection was closed here, so whoever waits looks again; and
   * one that nobody uses here goes where others wait.
   */
  sweep(nowMs: number): void {
    const { waiting, connections } = this.#options;
    this.wake();
    for (const waiter of [...this.#queue]) waiter.sweep(nowMs);
    if (this.#queue.size > 0) return;
    if (connections.own > 1 && waiting.total > 0) this.#dropIdle();
  }

  #dropIdle(): boolean {
    for (const pool of this.#pools) if (pool.dropIdle()) return true;
    return false;
  }
}
