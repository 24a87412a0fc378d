// SPDX-License-Identifier: Apache-2.0
export { DirectoryError } from './directory/directory-error.ts';
export { createDirectorySource } from './directory/directory-source.ts';
export type { DirectorySource, DirectorySourceOptions } from './directory/directory-source.ts';
export { readDirectory } from './directory/read-directory.ts';
export type { DirectoryContent } from './directory/read-directory.ts';
export { documentKey } from './document.ts';
export type {
  BackendTlsPolicy,
  ConfigMap,
  Document,
  DocumentKey,
  DocumentOfKind,
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
export { KINDS } from './kinds/kinds.ts';
export type { KindName, KindSpec } from './kinds/kinds.ts';
export { parseDocuments } from './parse/parse-documents.ts';
export type { ParsedText } from './parse/parse-documents.ts';
