// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@weir/base';
import type { Body, KindName } from './kinds/kinds.ts';

/** Line and column counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A place in a file, as problems name it; empty where no file is behind a document. */
export type DocumentPosition = Pick<Problem, 'column' | 'file' | 'line'>;

/** Where a document was written. */
export interface DocumentSource {
  /** For people: `shop.yaml:12`, or `cluster`. */
  readonly label: string;
  /** Where a field such as `spec.rules[0].backendRefs[1].port` is; of a missing one, where its nearest written ancestor is. */
  locate(path: string): DocumentPosition;
}

/** What documents of all kinds have. */
export interface DocumentHead<Kind extends KindName> {
  readonly kind: Kind;
  readonly apiVersion: string;
  /** `default` where a namespaced document names none; '' for kinds without namespace. */
  readonly namespace: string;
  readonly name: string;
  /** metadata.creationTimestamp since the Unix epoch; 0 without one. */
  readonly createdMs: number;
  /** metadata.generation; 0 without one. */
  readonly generation: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly source: DocumentSource;
  /** Of all that the document says: equal hash, equal meaning. */
  readonly hash: string;
  /** Why the object cannot be read: this is none of its own words, and stands in for it. */
  readonly unread?: string;
}

/** The document type of each kind. */
export type DocumentOfKind = { readonly [Kind in KindName]: Body<Kind> & DocumentHead<Kind> };

/** An object as written, checked against the schema of its kind, with that schema's defaults. */
export type Document = DocumentOfKind[KindName];

export type GatewayClass = DocumentOfKind['GatewayClass'];
export type Gateway = DocumentOfKind['Gateway'];
export type ListenerSet = DocumentOfKind['ListenerSet'];
export type HttpRoute = DocumentOfKind['HTTPRoute'];
export type BackendTlsPolicy = DocumentOfKind['BackendTLSPolicy'];
export type ReferenceGrant = DocumentOfKind['ReferenceGrant'];
export type Service = DocumentOfKind['Service'];
export type Secret = DocumentOfKind['Secret'];
export type ConfigMap = DocumentOfKind['ConfigMap'];
export type Namespace = DocumentOfKind['Namespace'];
export type EndpointSlice = DocumentOfKind['EndpointSlice'];

/** `Kind/namespace/name`: unique over all documents. */
export type DocumentKey = string & { readonly __brand?: 'DocumentKey' };

/** For people: `Kind namespace/name`, and `Kind name` of a kind without namespace. */
export function documentWords({ kind, namespace, name }: Pick<Document, 'kind' | 'name' | 'namespace'>): string {
  return namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

export function documentKey({ kind, namespace, name }: Pick<Document, 'kind' | 'name' | 'namespace'>): DocumentKey {
  return `${kind}/${namespace}/${name}`;
}
