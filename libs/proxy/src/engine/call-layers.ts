// SPDX-License-Identifier: Apache-2.0
import { stack } from '@weir/base';
import type { Clock, Dispatch, Layer, Random } from '@weir/base';
import type { Reference } from '@weir/filters';
import type { RuleAction, TrafficCalls } from '@weir/policy/snapshot';
import {
  callSettings,
  createDeadlineLayer,
  createIdleLayer,
  createRetryLayer,
  createStreamTimeoutLayer,
  createTimeoutLayer,
  createUnprocessedRetryLayer,
} from '@weir/resilience';
import type { CallSettings, RetryBudget } from '@weir/resilience';

export interface LayerPorts {
  readonly clock: Clock;
  readonly random: Random;
  /** Of the backend that is called. */
  readonly retryBudget: RetryBudget;
}

/** The layers of a rule around a backend. Where policies say something, they are put together anew when that changes. */
export function layeredDispatch(
  innermost: Dispatch,
  { action, calls }: { readonly action: RuleAction; readonly calls: Reference<TrafficCalls> | undefined },
  ports: LayerPorts,
): Dispatch {
  if (calls === undefined) return withLayers(innermost, callSettings(action, undefined), ports);
  let seen: TrafficCalls | undefined;
  let dispatch = withLayers(innermost, callSettings(action, seen), ports);
  return (exchange, handler) => {
    if (calls.current !== seen) {
      seen = calls.current;
      dispatch = withLayers(innermost, callSettings(action, seen), ports);
    }
    return dispatch(exchange, handler);
  };
}

/**
 * Outermost first: what limits the whole exchange, the whole request's deadline over all attempts, retries, an attempt's own deadline,
 * and what tells the backend of both.
 */
function withLayers(innermost: Dispatch, settings: CallSettings, { clock, random, retryBudget: budget }: LayerPorts): Dispatch {
  const { idleTimeoutMs, streamTimeoutMs = 0, requestTimeoutMs, attemptTimeoutMs, retry } = settings;
  const sparesStreams = settings.streamTimeoutMs !== undefined;
  const timeout = { sparesStreams, clock };
  const layers: Layer[] = [];
  if (idleTimeoutMs > 0) layers.push(createIdleLayer({ idleTimeoutMs, clock }));
  if (streamTimeoutMs > 0) layers.push(createStreamTimeoutLayer({ streamTimeoutMs, clock }));
  if (requestTimeoutMs > 0) {
    layers.push(createTimeoutLayer({ ...timeout, timeoutMs: requestTimeoutMs, code: 'request_deadline' }));
  }
  layers.push(
    retry === undefined ? createUnprocessedRetryLayer({ clock, budget }) : createRetryLayer(retry, { clock, random, budget }),
  );
  if (attemptTimeoutMs > 0) {
    layers.push(createTimeoutLayer({ ...timeout, timeoutMs: attemptTimeoutMs, code: 'upstream_timeout' }));
  }
  layers.push(createDeadlineLayer({ attemptTimeoutMs, sparesStreams, clock }));
  return stack(innermost, ...layers);
}
