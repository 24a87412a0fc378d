// SPDX-License-Identifier: Apache-2.0
export { DirectoryError } from './directory/directory-error.ts';
export { createDirectorySource } from './directory/directory-source.ts';
export type { DirectorySource, DirectorySourceOptions } from './directory/directory-source.ts';
export { readDirectory } from './directory/read-directory.ts';
export type { DirectoryContent } from './directory/read-directory.ts';
export { documentKey, documentWords } from './document.ts';
export { standInFor } from './parse/stand-in.ts';
export { readableRolloutStatus } from './kinds/weir/rollout/readable-rollout.ts';
export { otherRollout } from './kinds/weir/rollout/rollout.ts';
export { rolloutWithSplit } from './rollout-in-force.ts';
export type { RolloutSplit } from './rollout-in-force.ts';
export type {
  BackendTlsPolicy,
  ConfigMap,
  Document,
  DocumentKey,
  DocumentOfKind,
  DocumentPosition,
  DocumentSource,
  EndpointSlice,
  Gateway,
  GatewayClass,
  HttpRoute,
  ListenerSet,
  Namespace,
  Position,
  ReferenceGrant,
  Secret,
  Service,
} from './document.ts';
export { apiFormOf } from './kinds/api-form.ts';
export type { ApiForm, ApiRule } from './kinds/api-form.ts';
export { KINDS, WEIR_VERSION } from './kinds/kinds.ts';
export type { KindName, KindSpec } from './kinds/kinds.ts';
export { fieldTraits, POLICY_TARGETS, TARGETS_OF_CHAIN } from './kinds/weir/field-traits.ts';
export type { Chain, FieldTraits, PolicyTargetName, Strategy } from './kinds/weir/field-traits.ts';
export { nearestName } from './suggestion/nearest-name.ts';
export { parseDocuments } from './parse/parse-documents.ts';
export type { ParsedText } from './parse/parse-documents.ts';
export { readClusterObject } from './parse/read-cluster-object.ts';
export type { ReadClusterObject } from './parse/read-cluster-object.ts';
export type { ReadObject } from './parse/read-object.ts';
