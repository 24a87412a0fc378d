// SPDX-License-Identifier: Apache-2.0
import { PASSWORD_HASH_FORMS, parsePasswordHash } from '../../snapshot/index.ts';
import type { ConsumerPassword } from '../../snapshot/index.ts';
import { secretText } from '../certificate/credential-reader.ts';
import type { DocumentOf } from '../inventory/document-of.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { Issue } from '../issue.ts';
import { describeMissing } from '../reference/missing-object.ts';
import type { ConsumerDocument } from './access-policy-document.ts';
import type { PasswordHasher } from './password-hasher.ts';

export interface ResolvedPasswords {
  readonly passwords: readonly ConsumerPassword[];
  readonly issues: readonly Issue[];
}

export interface PasswordSources {
  readonly lookup: Lookup;
  readonly hasher: PasswordHasher;
}

type Secret = DocumentOf<'Secret'>;

/** What NIST SP 800-63B §5.1.1.1 asks of passwords that people choose. */
const MIN_LENGTH = 8;
/** RFC 7617 §2: neither may have one, so that no client could send it. */
const CONTROL = /[\u0000-\u001f\u007f]/;

/** A password that cannot be read admits nobody; the Consumer's others go on. */
export function resolvePasswords(document: ConsumerDocument, sources: PasswordSources): ResolvedPasswords {
  const found = (document.spec.basic ?? []).map((_, index) => resolvePassword(document, index, sources));
  return {
    passwords: found.flatMap(one => ('hash' in one ? one : [])),
    issues: found.flatMap(one => ('hash' in one ? [] : one)),
  };
}

function resolvePassword(document: ConsumerDocument, index: number, sources: PasswordSources): ConsumerPassword | Issue {
  const { secretRef, expires } = document.spec.basic![index]!;
  const path = `spec.basic[${index}].secretRef`;
  const { namespace } = document;
  const secret = sources.lookup.get('Secret', namespace, secretRef.name);
  const found =
    secret === undefined
      ? { fault: describeMissing(sources.lookup, { kind: 'Secret', namespace, name: secretRef.name }) }
      : readPassword(secret, sources.hasher);
  if ('hash' in found) return { ...found, expiresMs: expires === undefined ? 0 : Date.parse(expires) };
  const { message, hint } = found.fault;
  return {
    document,
    severity: 'error',
    code: 'consumer-password-unresolved',
    path: `${path}.name`,
    message: `${path} ${message}; the password admits nobody`,
    hint,
  };
}

interface Refused {
  readonly fault: { readonly message: string; readonly hint: string };
}
type Found = Omit<ConsumerPassword, 'expiresMs'> | Refused;

/** In the normal form that clients are to send (RFC 7617 §2.1 and RFC 8265: NFC). */
function readPassword(secret: Secret, hasher: PasswordHasher): Found {
  const username = entryOf(secret, 'username')?.normalize('NFC') ?? '';
  const password = entryOf(secret, 'password')?.normalize('NFC');
  const hash = entryOf(secret, 'password-hash');
  const fault = usernameFault(username, secret);
  if (fault !== undefined) return fault;
  if (password !== undefined && hash !== undefined) {
    return refused(secret, 'which has both `password` and `password-hash`', 'write one of them');
  }
  if (hash !== undefined) return hashFault(hash, secret) ?? { username, hash };
  if (password === undefined) {
    return refused(secret, 'which has neither `password` nor `password-hash`', 'write one of them into the Secret');
  }
  return passwordFault(password, secret) ?? { username, hash: hasher(secret, username, password) };
}

function refused({ name }: Secret, what: string, hint: string): Refused {
  return { fault: { message: `names Secret \`${name}\`, ${what}`, hint } };
}

function usernameFault(username: string, secret: Secret): Refused | undefined {
  if (username === '') return refused(secret, 'which has no `username`', 'write one into the Secret');
  if (!username.includes(':') && !CONTROL.test(username)) return undefined;
  return refused(secret, 'whose `username` has a colon or a control character, which no client can send', 'write another one');
}

function passwordFault(password: string, secret: Secret): Refused | undefined {
  if (Array.from(password).length < MIN_LENGTH) {
    return refused(secret, 'whose `password` could be guessed', `use at least ${MIN_LENGTH} characters`);
  }
  if (!CONTROL.test(password)) return undefined;
  return refused(secret, 'whose `password` has a control character, which no client can send', 'write another one');
}

function hashFault(hash: string, secret: Secret): Refused | undefined {
  try {
    parsePasswordHash(hash);
    return undefined;
  } catch (reason) {
    if (!(reason instanceof RangeError)) throw reason;
    return refused(secret, `whose \`password-hash\` cannot be used: ${reason.message}`, `write ${PASSWORD_HASH_FORMS}`);
  }
}

/** Editors and `echo` end a file with a line end, which is no part of what is in it. */
function entryOf(secret: Secret, key: string): string | undefined {
  return secretText(secret, key)?.replace(/\r?\n$/, '');
}
