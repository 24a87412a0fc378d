// SPDX-License-Identifier: Apache-2.0
import { IdentityError } from '../identity-error.ts';
import { parseSpiffeId } from '../spiffe-id.ts';

/** What is stored of a join token: what it allows, and what became of it. */
export interface JoinGrant {
  /** SHA-256 of the token, in hex. */
  readonly hash: string;
  /** A SPIFFE id. */
  readonly identity: string;
  readonly addresses: readonly string[];
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  /** 0 = not used. */
  readonly usedAtMs: number;
}

/** Throws IdentityError `damaged-storage`: without the list, used tokens could be used again. */
export function parseJoinGrants(json: string): readonly JoinGrant[] {
  let found: unknown;
  try {
    found = JSON.parse(json);
  } catch {
    throw damaged('it is no JSON');
  }
  if (!Array.isArray(found)) throw damaged('it is no list');
  return found.map((entry: unknown, index) => {
    if (!isJoinGrant(entry)) throw damaged(`entry ${index + 1} is none`);
    return entry;
  });
}

function isJoinGrant(entry: unknown): entry is JoinGrant {
  if (typeof entry !== 'object' || entry === null) return false;
  const { hash, identity, addresses, ...times }: Partial<Record<keyof JoinGrant, unknown>> = entry;
  if (typeof hash !== 'string' || !/^[0-9a-f]{64}$/v.test(hash)) return false;
  if (typeof identity !== 'string' || !parseSpiffeId(identity).isValid) return false;
  if (!Array.isArray(addresses) || !addresses.every(address => typeof address === 'string')) return false;
  return [times.issuedAtMs, times.expiresAtMs, times.usedAtMs].every(time => Number.isSafeInteger(time));
}

function damaged(what: string): IdentityError {
  return new IdentityError('damaged-storage', {
    message: `the list of join tokens cannot be read: ${what}`,
    hint: 'restore it from a backup, or remove it: tokens that were not used yet are void then, and new ones must be issued',
  });
}
