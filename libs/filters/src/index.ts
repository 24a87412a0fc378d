// SPDX-License-Identifier: Apache-2.0
export type { RunningChain } from './access/access-chain.ts';
export { admitConnection } from './access/access-filter.ts';
export { AccessStore, isAccessResource } from './access/access-store.ts';
export type { AccessEdit } from './access/access-store.ts';
export type { Reference } from './access/reference.ts';
export { compileFilters } from './compile-filters.ts';
export type { FilterContext } from './filter-context.ts';
export { FILTER_ORDER } from './filter-order.ts';
export type { RunnableSpec } from './filter-order.ts';
export { NotAsked } from './service-call/service-call.ts';
export type { CallBackend, ServiceAnswer, ServiceRequest } from './service-call/service-call.ts';
