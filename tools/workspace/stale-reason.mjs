// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Why node_modules under `root` is not what package-lock.json asks for; undefined when it is.
 *
 * npm writes what it installed to node_modules/.package-lock.json, as the last step. Comparing the two lists costs a few
 * milliseconds, sees an interrupted installation, and does not reinstall what a developer's own `npm install` has just done.
 */
export function staleReason(root) {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  if (wanted === undefined) return undefined;
  const installed = packagesOf(join(root, 'node_modules/.package-lock.json'));
  if (installed === undefined) return 'node_modules is missing or incomplete';
  for (const [path, { version, link, resolved, optional }] of Object.entries(wanted)) {
    if (!path.startsWith('node_modules/')) continue;
    const found = installed[path];
    // Optional packages are those of other platforms.
    if (found === undefined && optional) continue;
    if (found === undefined) return `${nameOf(path)} is not installed`;
    if (link ? found.resolved !== resolved : found.version !== version) {
      return `${nameOf(path)} is ${found.version ?? found.resolved}, and package-lock.json asks for ${version ?? resolved}`;
    }
  }
  return undefined;
}

function nameOf(path) {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
