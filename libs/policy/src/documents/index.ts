// SPDX-License-Identifier: Apache-2.0
export { documentKey } from './document.ts';
export type {
  ConfigMap,
  Document,
  DocumentKey,
  DocumentOfKind,
  DocumentSource,
  EndpointSlice,
  Gateway,
  GatewayClass,
  HttpRoute,
  Namespace,
  Position,
  ReferenceGrant,
  Secret,
  Service,
} from './document.ts';
export { KINDS } from './kinds/kinds.ts';
export type { KindName, KindSpec } from './kinds/kinds.ts';
