// SPDX-License-Identifier: Apache-2.0
import type { Document, DocumentOfKind, KindName } from '../../documents/index.ts';

/** The document type of a kind. */
export type DocumentOf<Kind extends KindName> = DocumentOfKind[Kind];

export type GatewayDocument = DocumentOf<'Gateway'>;
export type ListenerSetDocument = DocumentOf<'ListenerSet'>;
export type GatewaySpec = GatewayDocument['spec'];
export type GatewayListenerSpec = GatewaySpec['listeners'][number];
export type HttpRouteDocument = DocumentOf<'HTTPRoute'>;
export type HttpRouteSpec = HttpRouteDocument['spec'];
export type HttpRouteRuleSpec = HttpRouteSpec['rules'][number];

/** Narrows a document to the kind that it was stored under. */
export function documentOf<Kind extends KindName>(kind: Kind, document: Document | undefined): DocumentOf<Kind> | undefined {
  return document !== undefined && isOfKind(kind, document) ? document : undefined;
}

function isOfKind<Kind extends KindName>(kind: Kind, document: Document): document is DocumentOf<Kind> {
  return document.kind === kind;
}
