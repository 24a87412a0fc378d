// SPDX-License-Identifier: Apache-2.0
export { accessSpecs } from './access/access-filter.ts';
export type { RunningChain } from './access/access-chain.ts';
export { admitConnection } from './access/access-filter.ts';
export { AccessStore, isAccessResource } from './access/access-store.ts';
export type { AccessPorts } from './access/access-store.ts';
export { needsTokenVerifiers } from './access/token-verifiers.ts';
export type { TokenVerifiers } from './access/token-verifiers.ts';
export type { PolicyEdit, Reference } from './access/reference.ts';
export { FREE_GATE } from './concurrency-limit/free-gate.ts';
export { DelayRoom } from './fault-injection/delay-room.ts';
export type { RequestTimeout } from './traffic/request-time.ts';
export type { DerivePassword } from './basic/derive-password.ts';
export { compileFilters } from './compile-filters.ts';
export type { FilterContext } from './filter-context.ts';
export type {
  LocalOutcome,
  PreparedLimit,
  RateCharge,
  RateCounters,
  RateOutcome,
  SharedCounters,
} from './rate-limit/rate-counters.ts';
export type { RunningLimits } from './rate-limit/running-limits.ts';
export { trafficSpecs } from './traffic/traffic-specs.ts';
export { isTrafficResource, needsRateStores, TrafficStore } from './traffic/traffic-store.ts';
export { FILTER_ORDER } from './filter-order.ts';
export type { RunnableSpec } from './filter-order.ts';
export { NotAsked } from './service-call/service-call.ts';
export type { CallBackend, ServiceAnswer, ServiceRequest } from './service-call/service-call.ts';
