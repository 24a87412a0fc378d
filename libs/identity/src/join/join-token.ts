// SPDX-License-Identifier: Apache-2.0
import { hash } from 'node:crypto';
import type { Random } from '@weir/base';

/** Scanners of secrets find it by this. */
const PREFIX = 'weirjoin_';
const SECRET_BYTES = 32;
const FORM = /^weirjoin_[\w\-]{43}$/v;

export function createJoinToken(random: Random): string {
  return `${PREFIX}${Buffer.from(random.hex(SECRET_BYTES), 'hex').toString('base64url')}`;
}

/** Whether a text may be a token at all; says nothing about whether it was ever issued. */
export function isJoinToken(text: string): boolean {
  return FORM.test(text);
}

/** What is stored of a token. It has 256 bits of chance, so a plain hash is enough: there is nothing to guess. */
export function hashJoinToken(token: string): string {
  return hash('sha256', token);
}
