// SPDX-License-Identifier: Apache-2.0
export { openRolloutStore } from './open-rollout-store.ts';
export type { OpenRolloutStore } from './open-rollout-store.ts';
export { webCalls } from './web-calls.ts';
