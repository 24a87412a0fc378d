// SPDX-License-Identifier: Apache-2.0
// For a process that is fed by a control plane: nothing of what reads and compiles documents is loaded.
export { StartError } from '../edge-options.ts';
export { startFedGateway } from './start-fed-gateway.ts';
export type { FedGatewayOptions, RunningFedGateway } from './start-fed-gateway.ts';
