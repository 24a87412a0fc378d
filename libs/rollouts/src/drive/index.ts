// SPDX-License-Identifier: Apache-2.0
export type { DeploymentWorld } from './deployment-offer.ts';
export { RolloutDesk } from './rollout-desk.ts';
export type { RolloutDeskOptions, RolloutWorld } from './rollout-desk.ts';
export type { RolloutStore, RolloutWeb } from './rollout-ports.ts';
export type { RolloutView, SeenRevision, SeenRevisions } from './rollout-view.ts';
export type { Side } from './split-observations.ts';
