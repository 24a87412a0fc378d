// SPDX-License-Identifier: Apache-2.0
export { StartError } from './edge-options.ts';
export type { AppliedChange, EdgeOptions, GatewayEvent, LiveChange, StopOptions, TracingOptions } from './edge-options.ts';
export type { GatewayOptions, MeshBeside } from './gateway-options.ts';
export type { SplitArrival } from './live-splits.ts';
export type { PortState } from './port-set.ts';
export type { RolloutGround, RolloutsBeside } from './rollouts-beside.ts';
export { startGateway } from './start-gateway.ts';
export type { Running } from './start-gateway.ts';
export type { LoadedDocuments, PrepareCompilation } from './configuration.ts';
