// SPDX-License-Identifier: Apache-2.0
import { stack } from '@weir/base';
import type { Clock, Dispatch, Layer, Random } from '@weir/base';
import type { Reference } from '@weir/filters';
import type { RuleAction, TrafficCalls } from '@weir/policy/snapshot';
import { callSettings, createRetryLayer, createTimeoutLayer } from '@weir/resilience';
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

/** Outermost first: the whole request's deadline covers all attempts, an attempt's only its own. */
function withLayers(
  innermost: Dispatch,
  { requestTimeoutMs, attemptTimeoutMs, retry }: CallSettings,
  { clock, random, retryBudget }: LayerPorts,
): Dispatch {
  const layers: Layer[] = [];
  if (requestTimeoutMs > 0) layers.push(createTimeoutLayer({ timeoutMs: requestTimeoutMs, code: 'request_deadline', clock }));
  if (retry !== undefined) {
    layers.push(createRetryLayer(retry, { clock, random, requestTimeoutMs, budget: retryBudget }));
  }
  if (attemptTimeoutMs > 0) layers.push(createTimeoutLayer({ timeoutMs: attemptTimeoutMs, code: 'upstream_timeout', clock }));
  return stack(innermost, ...layers);
}
