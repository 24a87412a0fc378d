// SPDX-License-Identifier: Apache-2.0
export { createCompiler } from './compiler.ts';
export type { Compiler } from './compiler.ts';
export type { Compilation, CompilerOptions } from './compile-run.ts';
export type {
  Condition,
  GatewayClassStatus,
  GatewayStatus,
  ListenerSetStatus,
  RouteStatus,
  ListenerStatus,
  ObjectStatus,
  PolicyStatus,
  RouteParentStatus,
  Status,
} from './status/status.ts';
export { MESH_FEATURES, SUPPORTED_FEATURES } from './status/supported-features.ts';
export { requestedSidecar, serviceOfRevision } from '../resolve/index.ts';
export type { ResolvedRollout } from '../resolve/index.ts';
export type { RequestedSidecar } from '../resolve/index.ts';
