// SPDX-License-Identifier: Apache-2.0
import type { Stats } from 'node:fs';
import { getuid } from 'node:process';
import { IdentityError } from '../identity-error.ts';

/** All that group and others may have. */
const OTHERS = 0o077;

interface Place {
  readonly path: string;
  readonly kind: 'directory' | 'file';
}

/** Throws IdentityError `unsafe-storage` unless this is our own and closed to everybody else. */
export function assertPrivate(found: Stats, { path, kind }: Place): void {
  const isKind = kind === 'file' ? found.isFile() : found.isDirectory();
  if (!isKind) throw unsafe(`${path} is no ${kind}`, `remove it, or name another ${kind}`);
  const user = getuid?.();
  if (user !== undefined && found.uid !== user) {
    throw unsafe(`${path} belongs to user ${found.uid}, and this runs as ${user}`, `chown ${user} ${path}`);
  }
  if ((found.mode & OTHERS) === 0) return;
  const mode = (found.mode & 0o777).toString(8).padStart(4, '0');
  throw unsafe(
    `${path} holds private keys and is open to group or others (mode ${mode})`,
    `chmod ${kind === 'file' ? '600' : '700'} ${path}; if others may have read a key, rotate as well`,
  );
}

function unsafe(message: string, hint: string): IdentityError {
  return new IdentityError('unsafe-storage', { message, hint });
}
