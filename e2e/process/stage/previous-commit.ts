// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { TempDirectory } from '@weir/testing';

const ROOT = join(import.meta.dirname, '../../..');
/** Workspaces are linked to their sources by relative paths, and so to the tree that they are in. */
const WORKSPACES = '@weir';

/** The command line of the present sources. */
export const PRESENT = join(ROOT, 'apps/cli/src/main.ts');

/** Why the commit before this one cannot be had; undefined = it can. */
export function whyNoPreviousCommit(): string | undefined {
  try {
    const files = git('ls-tree', '--name-only', 'HEAD^', 'apps/control-plane/').toString();
    return files === '' ? 'the commit before has no control plane' : undefined;
  } catch {
    return 'the history of this checkout does not reach to the commit before';
  }
}

/** Puts the sources of the commit before into a directory, with the present libraries of others; gives its command line. */
export async function checkOutPreviousCommit({ path }: TempDirectory): Promise<string> {
  execFileSync('tar', ['-x', '-C', path], { input: git('archive', 'HEAD^', 'package.json', 'apps', 'libs') });
  const [from, to] = [join(ROOT, 'node_modules'), join(path, 'node_modules')];
  await mkdir(join(to, WORKSPACES), { recursive: true });
  for (const name of await readdir(from)) if (name !== WORKSPACES) await symlink(join(from, name), join(to, name));
  for (const name of await readdir(join(from, WORKSPACES))) {
    const target = await readlink(join(from, WORKSPACES, name));
    if (existsSync(join(to, WORKSPACES, target))) await symlink(target, join(to, WORKSPACES, name));
  }
  return join(path, 'apps/cli/src/main.ts');
}

function git(...words: readonly string[]): Buffer {
  return execFileSync('git', words, { cwd: ROOT, maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'ignore'] });
}
