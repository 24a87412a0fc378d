// SPDX-License-Identifier: Apache-2.0
import { lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';

/**
 * Where admin sockets lie: in the user's runtime directory (XDG Base Directory Specification), else in a directory of the user's
 * own under `temporary`. Sockets on which nobody listens any more are removed. Throws where that one belongs to somebody else, who could put a socket of his own in our place.
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
  await removeStaleSockets(directory);
  return directory;
}

/** Path of a process's socket in the directory. */
export function adminSocketPath(directory: string, pid: number): string {
  return join(directory, `${pid}.sock`);
}

/** A process that was killed leaves its socket; nobody else would ever remove it. */
async function removeStaleSockets(directory: string): Promise<void> {
  const paths = (await readdir(directory)).filter(name => name.endsWith('.sock')).map(name => join(directory, name));
  await Promise.all(
    paths.map(async path => {
      if (await isStale(path)) await rm(path, { force: true });
    }),
  );
}

/** Whether nobody listens. The process id in the name would not tell: it may be of another container, or be somebody else's by now. */
function isStale(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path, () => resolve(false)).on('error', error => {
    resolve('code' in error && error.code === 'ECONNREFUSED');
  });
  return promise.finally(() => socket.destroy());
}
