// SPDX-License-Identifier: Apache-2.0
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian keeps servers outside an ordinary user's PATH. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/local/sbin'];

/** Full path of a command, or undefined when this machine has none. */
export function findCommand(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_FOLDERS];
  return folders.map(folder => join(folder, name)).find(isExecutable);
}

/** Like findCommand, for what the caller has already found to be there. */
export function requireCommand(name: string): string {
  const path = findCommand(name);
  if (path === undefined) throw new Error(`${name} is not on PATH; install it and run again`);
  return path;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
