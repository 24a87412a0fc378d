// SPDX-License-Identifier: Apache-2.0

/** Something wrong in a document, said so that its author can mend it: where, what was found, what to write. */
export interface Problem {
  /** `error` refuses the document or part; `warning` is accepted and still worth mending. */
  readonly severity: 'error' | 'warning';
  /** Stable identifier in kebab-case, such as `unknown-field`; for filters and docs. */
  readonly code: string;
  /** File path as the user named the directory, `line` and `column` counted from 1; absent where no file is behind it. */
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** `Kind namespace/name`. */
  readonly object?: string;
  /** Path inside the object: `spec.rules[0].backendRefs[1].port`. */
  readonly path?: string;
  /** One sentence, lower-case, naming the field and the value found. */
  readonly message: string;
  /** What to write instead. */
  readonly hint?: string;
}
