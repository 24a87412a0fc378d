// SPDX-License-Identifier: Apache-2.0
import type { EndpointLoads } from '@weir/resilience';
import type { PoolContext } from '../engine/endpoint-pool.ts';
import type { Limits } from '../engine/settings.ts';
import type { WriteBatch } from '../http1/socket-writer.ts';

/** A connection that only one client can use is seldom used again after a page has been loaded. */
const MAX_IDLE_MS = 10_000;

/** What the pools of an endpoint's clients have in common: they count their connections together. */
export class CountingPoolContext implements PoolContext {
  readonly limits: Limits;
  readonly telemetry: PoolContext['telemetry'];
  /** Open now, those that are being opened among them. */
  connectionCount = 0;
  private readonly outer: PoolContext;

  constructor(outer: PoolContext) {
    this.outer = outer;
    const upstreamIdleTimeoutMs = Math.min(outer.limits.upstreamIdleTimeoutMs, MAX_IDLE_MS);
    this.limits = { ...outer.limits, upstreamIdleTimeoutMs };
    this.telemetry = {
      upstreamConnectionOpened: () => {
        this.connectionCount++;
        outer.telemetry.upstreamConnectionOpened();
      },
      upstreamConnectionClosed: () => {
        this.connectionCount--;
        outer.telemetry.upstreamConnectionClosed();
      },
    };
  }

  get batch(): WriteBatch {
    return this.outer.batch;
  }

  get coarseNowMs(): number {
    return this.outer.coarseNowMs;
  }

  get loads(): EndpointLoads {
    return this.outer.loads;
  }
}
