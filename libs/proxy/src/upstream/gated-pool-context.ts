// SPDX-License-Identifier: Apache-2.0
import type { ConnectionGate, EndpointLoads } from '@weir/resilience';
import type { PoolContext } from '../engine/endpoint-pool.ts';
import type { Limits } from '../engine/settings.ts';
import type { WriteBatch } from '../http1/socket-writer.ts';

/** What a pool shares with others, and besides that tells its backend's gate of each connection. */
export class GatedPoolContext implements PoolContext {
  readonly telemetry: PoolContext['telemetry'];
  private readonly outer: PoolContext;

  constructor(outer: PoolContext, gate: ConnectionGate) {
    this.outer = outer;
    this.telemetry = {
      upstreamConnectionOpened: () => {
        gate.opened();
        outer.telemetry.upstreamConnectionOpened();
      },
      upstreamConnectionClosed: () => {
        outer.telemetry.upstreamConnectionClosed();
        gate.closed();
      },
    };
  }

  get limits(): Limits {
    return this.outer.limits;
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
