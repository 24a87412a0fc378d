// SPDX-License-Identifier: Apache-2.0
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A package of the workspace as the rule about imports sees it. */
export interface WorkspacePackage {
  readonly name: string;
  /** Folder, relative to the workspace. */
  readonly root: string;
  /** Its tag that begins with `layer:`; the empty text without one. */
  readonly layer: string;
  /** The first thing that it exports: `@weir/policy/snapshot`. Undefined where it exports nothing. */
  readonly entry: string | undefined;
}

interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, string>>;
  readonly nx?: { readonly tags?: readonly string[] };
}

/** Every package that the root package.json counts to the workspace. */
export function findPackages(workspaceRoot: string): readonly WorkspacePackage[] {
  const { workspaces } = JSON.parse(readFileSync(join(workspaceRoot, 'package.json'), 'utf8')) as { workspaces: string[] };
  return workspaces
    .flatMap(pattern => globSync(`${pattern}/package.json`, { cwd: workspaceRoot }))
    .sort()
    .map(file => packageFromManifest(dirname(file), JSON.parse(readFileSync(join(workspaceRoot, file), 'utf8')) as Manifest));
}

function packageFromManifest(root: string, { name, exports, nx }: Manifest): WorkspacePackage {
  const [subpath] = Object.keys(exports ?? {});
  return {
    name,
    root,
    layer: nx?.tags?.find(tag => tag.startsWith('layer:')) ?? '',
    entry: subpath === undefined ? undefined : name + subpath.slice(1),
  };
}
