// SPDX-License-Identifier: Apache-2.0
import { lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Where admin sockets lie: in the user's runtime directory (XDG Base Directory Specification), else in a directory of the user's
 * own under `temporary`. Throws where that one belongs to somebody else, who could put a socket of his own in our place.
 */
export async function openAdminDirectory(options: {
  readonly runtime: string | undefined;
  readonly temporary: string;
}): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const directory =
    options.runtime === undefined || options.runtime === ''
      ? join(options.temporary, `weir-${uid}`)
      : join(options.runtime, 'weir');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const found = await lstat(directory);
  const isPrivate = (found.mode & 0o077) === 0;
  if (!found.isDirectory() || found.uid !== uid || !isPrivate) {
    throw new Error(
      `${directory} must be a directory of user ${uid} that nobody else may enter (mode 700); remove it, or set XDG_RUNTIME_DIR`,
    );
  }
  return directory;
}
