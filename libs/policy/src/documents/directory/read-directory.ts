// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@weir/base';
import type { Document, DocumentKey } from '../document.ts';
import { DocumentSet } from './document-set.ts';
import { listFiles } from './list-files.ts';
import { readFiles } from './read-file.ts';

/** What a directory of documents says. */
export interface DirectoryContent {
  /** Every object that can be read, by `Kind/namespace/name`. */
  readonly documents: ReadonlyMap<DocumentKey, Document>;
  /** Everything wrong in all files, by file and line. */
  readonly problems: readonly Problem[];
  /** Objects that are new or different since the previous content; all of them at first. */
  readonly changedKeys: readonly DocumentKey[];
  readonly removedKeys: readonly DocumentKey[];
  /** How many objects are of kinds that are none of Weir's business. */
  readonly ignoredCount: number;
}

/**
 * Reads all documents of a directory and its folders: `*.yaml`, `*.yml`, `*.json`. What is right in a file counts also beside
 * what is wrong; whoever must not start on half a policy looks at `problems`.
 *
 * @throws {DirectoryError} when the directory is missing, is none, or may not be read.
 */
export async function readDirectory(directory: string): Promise<DirectoryContent> {
  const { paths, problems } = await listFiles(directory);
  const set = new DocumentSet();
  const change = set.load(await readFiles(directory, paths));
  return contentOf(set, { ...change, problems });
}

/** A content that later changes of the set leave as it is. */
export function contentOf(
  set: DocumentSet,
  { problems, changedKeys, removedKeys }: Pick<DirectoryContent, 'changedKeys' | 'problems' | 'removedKeys'>,
): DirectoryContent {
  return {
    documents: new Map(set.documents),
    problems: [...problems, ...set.problems],
    changedKeys,
    removedKeys,
    ignoredCount: set.ignoredCount,
  };
}
