// SPDX-License-Identifier: Apache-2.0
export { createEngine } from './engine.ts';
export type { Engine } from './engine-contract.ts';
export { EngineRateCounters } from './rate-counters.ts';
export { RateStores } from '../rate-limit/rate-stores.ts';
