// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import type { Endpoint } from '@weir/policy/snapshot';
import type { PoolContext } from '../engine/endpoint-pool.ts';
import { PoolRegistry } from '../engine/pool-registry.ts';
import { defaultLimits } from '../engine/settings.ts';
import type { Limits } from '../engine/settings.ts';
import { WriteBatch } from '../http1/socket-writer.ts';

/** The pools of a worker without the worker, for tests with real servers. */
export class UpstreamBench {
  readonly registry: PoolRegistry;
  openCount = 0;
  loadCount = 0;
  private readonly context: PoolContext & { coarseNowMs: number };
  private readonly servers: Server[] = [];

  constructor(limits: Partial<Limits> = {}) {
    this.context = {
      limits: { ...defaultLimits, ...limits },
      batch: new WriteBatch(),
      coarseNowMs: 0,
      loads: { begin: () => this.count('loadCount', 1), end: () => this.count('loadCount', -1), inFlight: () => 0 },
      telemetry: {
        upstreamConnectionOpened: () => this.count('openCount', 1),
        upstreamConnectionClosed: () => this.count('openCount', -1),
      },
    };
    this.registry = new PoolRegistry(this.context);
  }

  async listen(server: Server): Promise<Endpoint> {
    this.servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { address, port } = server.address() as AddressInfo;
    return { address, port };
  }

  /** Goes to a time and looks for what is overdue then. */
  sweep(nowMs: number): void {
    this.context.coarseNowMs = nowMs;
    this.registry.sweep(nowMs);
  }

  close(): void {
    this.registry.close();
    for (const server of this.servers) server.close();
  }

  private count(what: 'loadCount' | 'openCount', change: number): void {
    this[what] += change;
  }
}
