// SPDX-License-Identifier: Apache-2.0
import { isRepeatable } from '@weir/base';
import type { Dispatch, Exchange } from '@weir/base';
import { RETRY_BUDGET, RetryBudget } from '@weir/resilience';
import type { EndpointLoads } from '@weir/resilience';
import type { Telemetry } from '@weir/telemetry';
import type { WriteBatch } from '../http1/socket-writer.ts';
import type { UpstreamTarget } from '../upstream/upstream-socket.ts';
import type { Limits } from './settings.ts';

/** What pools share in a worker. */
export interface PoolContext {
  readonly limits: Limits;
  readonly batch: WriteBatch;
  readonly coarseNowMs: number;
  readonly loads: EndpointLoads;
  readonly telemetry: Pick<Telemetry, 'upstreamConnectionOpened' | 'upstreamConnectionClosed'>;
}

export interface PoolTarget extends UpstreamTarget {
  /** Place of the endpoint in the loads that all workers share. */
  readonly slot: number;
}

/** The connections of one worker to one endpoint, whatever is spoken on them. */
export interface EndpointPool {
  readonly target: PoolTarget;
  /** Sends a request on a connection that is there, or on a new one. */
  readonly dispatch: Dispatch;
  /** Whether a connection that is there takes a request now. */
  readonly hasFreeConnection: boolean;
  /** Whether no connection is left. */
  readonly isEmpty: boolean;
  /** Closes a connection that nobody uses; false = there is none. */
  dropIdle(): boolean;
  /** Closes what has been silent for too long; called a few times a second. */
  sweep(nowMs: number): void;
  /** The endpoint is gone: idle connections end now, busy ones after their answers. */
  retire(): void;
  /** Ends every connection at once. */
  close(): void;
}

/** Whether sending a request again does no harm, although its server may have seen it. */
export function isSafeToRepeat({ request, body }: Exchange): boolean {
  return body.contentLength === 0 && isRepeatable(request);
}

/** Bounds what the connections to one endpoint send once more by themselves, as retries are bounded. */
export function createRepeatBudget(context: Pick<PoolContext, 'coarseNowMs'>): RetryBudget {
  return new RetryBudget({ ...RETRY_BUDGET, clock: { nowMs: () => context.coarseNowMs } });
}
