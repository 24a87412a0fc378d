// SPDX-License-Identifier: Apache-2.0
import type { Document } from '../documents/index.ts';

interface IssueBase {
  readonly document: Document;
  /** Stable, in kebab-case: `backend-not-found`. */
  readonly code: string;
  /** Path inside the document: `spec.rules[0].backendRefs[1]`. */
  readonly path: string;
  readonly message: string;
}

/** What was written is not served as written. */
interface ErrorIssue extends IssueBase {
  readonly severity: 'error';
  /** What to write instead: nobody is left alone with an error. */
  readonly hint: string;
}

/** What was written is served, and is still worth mending. */
interface WarningIssue extends IssueBase {
  readonly severity: 'warning';
  /** What to write instead; undefined when the message says it all. */
  readonly hint: string | undefined;
}

/** Something wrong in a document, found while resolving: a Problem whose place in a file is not looked up yet. */
export type Issue = ErrorIssue | WarningIssue;

/** An issue of a document that is known from where it is found. */
export type IssueOfDocument = Omit<ErrorIssue, 'document'> | Omit<WarningIssue, 'document'>;
