// SPDX-License-Identifier: Apache-2.0
import type { Document } from '../documents/index.ts';

/** Something wrong in a document, found while resolving: a Problem whose place in a file is not looked up yet. */
export interface Issue {
  readonly document: Document;
  /** `error`: what was written is not served as written; `warning`: it is, and is still worth mending. */
  readonly severity: 'error' | 'warning';
  /** Stable, in kebab-case: `backend-not-found`. */
  readonly code: string;
  /** Path inside the document: `spec.rules[0].backendRefs[1]`. */
  readonly path: string;
  readonly message: string;
  /** What to write instead; undefined when the message says it all. */
  readonly hint: string | undefined;
}
