// SPDX-License-Identifier: Apache-2.0
export { StartError } from './gateway-options.ts';
export type { GatewayEvent, GatewayOptions, LiveChange, MeshBeside, TracingOptions } from './gateway-options.ts';
export type { StopOptions } from './gateway.ts';
export type { PortState } from './port-set.ts';
export { startGateway } from './start-gateway.ts';
export type { Running } from './start-gateway.ts';
export type { LoadedDocuments, PrepareCompilation } from './configuration.ts';
