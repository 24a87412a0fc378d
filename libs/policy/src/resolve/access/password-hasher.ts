// SPDX-License-Identifier: Apache-2.0
import { createHash, scryptSync } from 'node:crypto';
import type { DocumentOf } from '../inventory/document-of.ts';

type Secret = DocumentOf<'Secret'>;

/** Makes the hash of a password that a Secret has in plain, as parsePasswordHash reads it. */
export type PasswordHasher = (secret: Secret, username: string, password: string) => string;

/**
 * About 10 ms and 4 MiB a guess: this runs while documents are read, for each password once, and again for the first request of each
 * caller. Who wants it dearer brings the hash.
 */
const LOG_COST = 12;
const BLOCK_SIZE = 8;
const PARALLELISM = 1;
const BYTES = 32;
const SALT_BYTES = 16;

/** Each Secret is hashed once, as long as it is the same. */
export function createPasswordHasher(): PasswordHasher {
  const known = new WeakMap<Secret, { readonly username: string; readonly hash: string }>();
  return function passwordHasher(secret, username, password) {
    const found = known.get(secret);
    if (found?.username === username) return found.hash;
    const hash = hashOf(secret, username, password);
    known.set(secret, { username, hash });
    return hash;
  };
}

/**
 * The salt comes from where the password is written and not from chance: the same documents always come to the same snapshot, so that
 * unchanged users are not sent again. It differs between any two users, which is what a salt is for.
 */
function hashOf({ namespace, name }: Secret, username: string, password: string): string {
  const place = JSON.stringify(['weir password', namespace, name, username]);
  const salt = createHash('sha256').update(place, 'utf8').digest().subarray(0, SALT_BYTES);
  const hash = scryptSync(password, salt, BYTES, { cost: 2 ** LOG_COST, blockSize: BLOCK_SIZE, parallelization: PARALLELISM });
  return `$scrypt$ln=${LOG_COST},r=${BLOCK_SIZE},p=${PARALLELISM}$${base64(salt)}$${base64(hash)}`;
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}
