// SPDX-License-Identifier: Apache-2.0
import { readdir, realpath, stat } from 'node:fs/promises';
import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import type { Problem } from '@weir/base';
import { DirectoryError } from './directory-error.ts';
import { isDocumentFile, isHiddenPath } from './document-file-name.ts';
import { unreadableProblem } from './read-file.ts';

export interface FileList {
  /** Relative to the directory, sorted. */
  readonly paths: readonly string[];
  /** Folders that could not be entered. */
  readonly problems: readonly Problem[];
}

/**
 * Every file with documents in a directory and its folders. Symbolic links are followed.
 *
 * @throws {DirectoryError} when the directory itself cannot be read.
 */
export async function listFiles(directory: string): Promise<FileList> {
  const walk = new Walk(directory);
  await walk.enter('').catch((error: unknown) => {
    throw DirectoryError.from(directory, error);
  });
  return { paths: walk.paths.sort(), problems: walk.problems };
}

class Walk {
  readonly paths: string[] = [];
  readonly problems: Problem[] = [];
  private readonly directory: string;
  /** A link to a folder further up would lead around for ever. */
  private readonly entered = new Set<string>();

  constructor(directory: string) {
    this.directory = directory;
  }

  async enter(folder: string): Promise<void> {
    const path = join(this.directory, folder);
    const real = await realpath(path);
    if (this.entered.has(real)) return;
    this.entered.add(real);
    for (const entry of await readdir(path, { withFileTypes: true })) await this.visit(join(folder, entry.name), entry);
  }

  private async visit(path: string, entry: Dirent): Promise<void> {
    if (isHiddenPath(path)) return;
    try {
      const type = entry.isSymbolicLink() ? await stat(join(this.directory, path)) : entry;
      if (type.isDirectory()) await this.enter(path);
      else if (type.isFile() && isDocumentFile(path)) this.paths.push(path);
    } catch (error) {
      this.problems.push(unreadableProblem(join(this.directory, path), error));
    }
  }
}
