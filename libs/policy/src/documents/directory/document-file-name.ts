// SPDX-License-Identifier: Apache-2.0
import { sep } from 'node:path';

const DOCUMENT_FILE = /\.(?:json|ya?ml)$/i;

/**
 * Whether a path, relative to the directory, is left out whatever it is: dot files and all below dot folders (`.git`, and
 * `.routes.yaml.swp` and `.#routes.yaml` of editors). Names that only end like `routes.yaml~`, `#routes.yaml#`, `routes.yaml.tmp`
 * or vim's `4913` are left out as they have no extension of a document.
 */
export function isHiddenPath(path: string): boolean {
  return path.split(sep).some(name => name.startsWith('.'));
}

/** Whether a file, relative to the directory, is read. */
export function isDocumentFile(path: string): boolean {
  return DOCUMENT_FILE.test(path) && !isHiddenPath(path);
}
