// SPDX-License-Identifier: Apache-2.0
export { Sidecar } from './sidecar.ts';
export type { SidecarOptions } from './sidecar-options.ts';
