// SPDX-License-Identifier: Apache-2.0
import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { IdentityError } from '../identity-error.ts';
import { assertPrivate } from './assert-private.ts';
import type { SecretStore } from './secret-store.ts';

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
const DRAFT_SUFFIX = '.draft';
const NAME = /^[a-z0-9][a-z0-9.\-]*$/v;
/** An authority with a long chain has a few kilobytes, a thousand join tokens some hundred. */
const MAX_FILE_BYTES = 8_388_608;

/**
 * A directory (0700) whose files (0600) nobody else can read. Makes it where it is missing; throws IdentityError `unsafe-storage`, with what
 * to type, where it or a file in it is open to others.
 */
export async function openSecretDirectory(path: string): Promise<SecretStore> {
  await mkdir(path, { recursive: true, mode: DIRECTORY_MODE });
  assertPrivate(await stat(path), { path, kind: 'directory' });
  await removeDrafts(path);
  return {
    read: name => readSecret(fileOf(path, name)),
    write: (name, text) => writeSecret({ directory: path, file: fileOf(path, name) }, text),
    async remove(name) {
      await rm(fileOf(path, name), { force: true });
      await syncDirectory(path);
    },
    names: async () => (await readdir(path)).filter(name => NAME.test(name) && !name.endsWith(DRAFT_SUFFIX)),
  };
}

function fileOf(directory: string, name: string): string {
  if (!NAME.test(name)) throw new TypeError(`${name} is no name of a secret`);
  return join(directory, name);
}

async function readSecret(file: string): Promise<string | undefined> {
  const handle = await openExisting(file);
  if (handle === undefined) return undefined;
  try {
    const found = await handle.stat();
    assertPrivate(found, { path: file, kind: 'file' });
    if (found.size > MAX_FILE_BYTES) throw damaged(`${file} has ${found.size} bytes, at most ${MAX_FILE_BYTES}`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/** A link could lead to a file that somebody else wrote. */
async function openExisting(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (reason) {
    const code: unknown = reason instanceof Error ? Reflect.get(reason, 'code') : undefined;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') throw damaged(`${file} is a link`);
    throw reason;
  }
}

/** The text is on disk before it has its name, and the name is before this returns. */
async function writeSecret({ directory, file }: { directory: string; file: string }, text: string): Promise<void> {
  const draft = `${file}${DRAFT_SUFFIX}`;
  await rm(draft, { force: true });
  try {
    const handle = await open(draft, 'wx', FILE_MODE);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (reason) {
    await rm(draft, { force: true });
    throw reason;
  }
  await syncDirectory(directory);
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What a crash left half-written. */
async function removeDrafts(path: string): Promise<void> {
  const drafts = (await readdir(path)).filter(name => NAME.test(name) && name.endsWith(DRAFT_SUFFIX));
  await Promise.all(drafts.map(name => rm(join(path, name), { force: true })));
}

function damaged(message: string): IdentityError {
  return new IdentityError('damaged-storage', { message, hint: 'restore it from a backup, or move it away and begin anew' });
}
