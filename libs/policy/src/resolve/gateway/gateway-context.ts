// SPDX-License-Identifier: Apache-2.0
import type { CredentialReader } from '../certificate/credential-reader.ts';
import type { ListenerReferenceReason } from '../condition/findings.ts';
import type { GatewayDocument, ListenerSetDocument } from '../inventory/document-of.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { IssueOfDocument } from '../issue.ts';
import type { ObjectReference } from '../reference/object-reference.ts';

/** What resolving one Gateway shares between its parts. */
export interface GatewayContext extends ListenerContext {
  readonly document: GatewayDocument;
}

/** What resolving listeners needs of the document that they are written in. */
export interface ListenerContext {
  readonly document: GatewayDocument | ListenerSetDocument;
  /** How names of its listeners begin: `namespace/gateway`, in a set `namespace/gateway/set's namespace/set`. */
  readonly listenerPrefix: string;
  readonly lookup: Lookup;
  readonly credentials: CredentialReader;
  /** The document as the source of references. */
  readonly from: ObjectReference['from'];
  readonly report: (issue: IssueOfDocument) => void;
}

/** Why a reference of a listener cannot be used. */
export interface ReferenceFailure {
  readonly reason: Exclude<ListenerReferenceReason, 'ResolvedRefs'>;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}
