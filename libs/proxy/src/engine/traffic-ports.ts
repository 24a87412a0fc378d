// SPDX-License-Identifier: Apache-2.0
import { DelayRoom } from '@weir/filters';
import type { FilterContext } from '@weir/filters';
import { PlaceGate, SharedRateTable } from '@weir/resilience';
import type { Telemetry } from '@weir/telemetry';
import { RateStores } from '../rate-limit/rate-stores.ts';
import type { EngineOptions } from './engine-contract.ts';
import { EngineRateCounters } from './rate-counters.ts';

/** The client of Redis is loaded with the first limit that is shared. */
export function createRateStores({ clock, telemetry: observer }: EngineOptions): RateStores {
  const loadLimiters = async () => (await import('../rate-limit/redis-limiter.ts')).openRedisLimiter;
  return new RateStores({ clock, observer, loadLimiters });
}

function createRateCounters({ rates, clock, telemetry }: EngineOptions, stores: RateStores): EngineRateCounters {
  const onWithoutStore: Telemetry['wentWithoutStore'] = (limit, onFailure) => telemetry.wentWithoutStore(limit, onFailure);
  return new EngineRateCounters({ table: new SharedRateTable(rates), clock, stores, onWithoutStore });
}

type TrafficPorts = Pick<FilterContext, 'concurrencyGate' | 'delayRoom' | 'onFaultInjected' | 'rateCounters'>;

/** What traffic policies count with, and tell to whom. */
export function trafficPorts(options: EngineOptions, stores: RateStores): TrafficPorts {
  const { clock, places, settings, telemetry } = options;
  const { limits } = settings;
  return {
    rateCounters: createRateCounters(options, stores),
    concurrencyGate: new PlaceGate(places, { clock, maxWaiting: limits.maxWaitingRequests }),
    delayRoom: new DelayRoom(clock, limits.maxDelayedRequests),
    onFaultInjected: (label, effect) => telemetry.faultInjected(label, effect),
  };
}
