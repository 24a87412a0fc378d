// SPDX-License-Identifier: Apache-2.0
export type { SidecarIdentity, SidecarStop } from './sidecar.ts';
export type { CapturedPorts, InboundBinding, OutboundBinding, SidecarOptions } from './sidecar-options.ts';
export type { SidecarTracing } from './span-sink.ts';
export { startSidecar } from './start-sidecar.ts';
export type { RunningSidecar, StartSidecarOptions } from './start-sidecar.ts';
