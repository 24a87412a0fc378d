// SPDX-License-Identifier: Apache-2.0
import { documentKey, parseDocuments } from '../../documents/index.ts';
import type { Document } from '../../documents/index.ts';

/** The documents of a test by key. Throws when the test's own YAML is refused. */
export function readDocuments(yaml: string): ReadonlyMap<string, Document> {
  const { documents, problems } = parseDocuments(yaml, 'documents.yaml');
  const [refusal] = problems;
  if (refusal !== undefined) throw new Error(`documents.yaml:${refusal.line}: ${refusal.path} ${refusal.message}`);
  return new Map(documents.map(document => [documentKey(document), document]));
}
