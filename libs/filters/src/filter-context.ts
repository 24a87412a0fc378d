// SPDX-License-Identifier: Apache-2.0
import type { Clock, Exchange, Random } from '@weir/base';
import type { ResourceName } from '@weir/policy/snapshot';
import type { RunningChain } from './access/access-chain.ts';
import type { Reference } from './access/reference.ts';
import type { ConcurrencyGate } from './concurrency-limit/concurrency-gate.ts';
import type { RunningConcurrencyLimits } from './concurrency-limit/running-concurrency.ts';
import type { DelayRoom } from './fault-injection/delay-room.ts';
import type { RunningFaults } from './fault-injection/running-faults.ts';
import type { RateCounters } from './rate-limit/rate-counters.ts';
import type { RunningLimits } from './rate-limit/running-limits.ts';
import type { CallBackend } from './service-call/service-call.ts';

/** What filters need of the engine that runs them. */
export interface FilterContext {
  readonly random: Random;
  readonly clock: Pick<Clock, 'nowMs' | 'wallMs'>;
  /** The rate limits that a name stands for. */
  readonly trafficLimits: (name: ResourceName) => Reference<RunningLimits>;
  readonly rateCounters: RateCounters;
  /** The limits on requests in flight that a name stands for. */
  readonly concurrencyLimits: (name: ResourceName) => Reference<RunningConcurrencyLimits>;
  readonly concurrencyGate: ConcurrencyGate;
  /** What goes wrong on purpose, by the name of its resource. */
  readonly injectedFaults: (name: ResourceName) => Reference<RunningFaults>;
  /** Undefined = nobody is held up. */
  readonly delayRoom: DelayRoom | undefined;
  /** A fault befell a request; `label`: `namespace/policy#fault`. */
  readonly onFaultInjected: (label: string, effect: 'abort' | 'delay') => void;
  /** The access policies that a name stands for. */
  readonly accessChain: (name: ResourceName) => Reference<RunningChain>;
  /**
   * Sends a copy of the exchange's request, as it is at the moment of the call, to `backend` and drops the answer. Must not
   * throw and must not wait: the engine copies the head at once and the body as it passes. Comes before the request's body
   * is piped anywhere.
   */
  readonly mirror: (backend: ResourceName, exchange: Exchange) => void;
  /** Undefined where nobody may be asked: what would have to ask throws NotAsked. */
  readonly callBackend: CallBackend | undefined;
}
