// SPDX-License-Identifier: Apache-2.0
import { systemClock } from '@weir/base';
import type { Problem } from '@weir/base';
import { createCompiler } from '@weir/policy/compile';
import { readDirectory } from '@weir/policy/documents';
import type { DirectoryContent } from '@weir/policy/documents';
import type { Snapshot } from '@weir/policy/snapshot';

/** What a directory means. */
export interface ReadSnapshot {
  /** Every object that can be read. */
  readonly documents: DirectoryContent['documents'];
  readonly snapshot: Snapshot;
  /** Of documents and of what they refer to. */
  readonly problems: readonly Problem[];
  /** Objects that were read. */
  readonly objectCount: number;
  /** Objects of other groups, which are none of Weir's business. */
  readonly ignoredCount: number;
}

/** Reads and compiles a directory once. Throws where there is no such directory. */
export async function readSnapshot(directory: string, bindAddress: string): Promise<ReadSnapshot> {
  const { documents, problems, ignoredCount } = await readDirectory(directory);
  const compilation = createCompiler({ clock: systemClock, defaultAddresses: [bindAddress] }).update(documents);
  return {
    documents,
    snapshot: compilation.snapshot,
    problems: [...problems, ...compilation.problems],
    objectCount: documents.size,
    ignoredCount,
  };
}
