// SPDX-License-Identifier: Apache-2.0
import type { Dispatch } from '@weir/base';
import type { Endpoint } from '@weir/policy/snapshot';
import type { EndpointPool, PoolContext } from '../engine/endpoint-pool.ts';
import { PoolRegistry } from '../engine/pool-registry.ts';
import { defaultLimits } from '../engine/settings.ts';
import { WriteBatch } from '../http1/socket-writer.ts';

export const POOL_CONTEXT: PoolContext = {
  limits: defaultLimits,
  batch: new WriteBatch(),
  coarseNowMs: 0,
  loads: { begin: () => undefined, end: () => undefined, inFlight: () => 0 },
  telemetry: { upstreamConnectionOpened: () => undefined, upstreamConnectionClosed: () => undefined },
};

/** Where attempts end: none is sent. */
export class ScriptedRegistry extends PoolRegistry {
  private readonly dispatchTo: (endpoint: Endpoint) => Dispatch;

  constructor(dispatchTo: (endpoint: Endpoint) => Dispatch) {
    super(POOL_CONTEXT);
    this.dispatchTo = dispatchTo;
  }

  override acquire(...[endpoint, needs]: Parameters<PoolRegistry['acquire']>): EndpointPool {
    const { target } = super.acquire(endpoint, needs);
    const rest = { hasFreeConnection: true, isEmpty: true, dropIdle: () => false, sweep: () => undefined };
    return { target, dispatch: this.dispatchTo(endpoint), ...rest, retire: () => undefined, close: () => undefined };
  }
}
