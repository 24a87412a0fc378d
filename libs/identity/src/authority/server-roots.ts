// SPDX-License-Identifier: Apache-2.0
import { IdentityError } from '../identity-error.ts';

/** A root of a server authority, with its key. */
export interface ServerRoot {
  readonly certificatePem: string;
  readonly keyPem: string;
  /** Milliseconds since the Unix epoch. */
  readonly madeMs: number;
  readonly notAfterMs: number;
}

/** Oldest first. Throws IdentityError `damaged-storage`. */
export function parseServerRoots(text: string, file: string): readonly ServerRoot[] {
  const found = jsonFrom(text);
  if (Array.isArray(found) && found.every(isServerRoot)) return found;
  throw new IdentityError('damaged-storage', {
    message: `${file} holds no roots of a server authority`,
    hint: `restore it from a backup, or remove ${file}: another authority is made then, and who asks has to be told its root`,
  });
}

export function formatServerRoots(roots: readonly ServerRoot[]): string {
  return `${JSON.stringify(roots, undefined, 2)}\n`;
}

function isServerRoot(value: unknown): value is ServerRoot {
  if (typeof value !== 'object' || value === null) return false;
  const texts = ['certificatePem', 'keyPem'].every(name => typeof Reflect.get(value, name) === 'string');
  return texts && ['madeMs', 'notAfterMs'].every(name => Number.isSafeInteger(Reflect.get(value, name)));
}

function jsonFrom(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
