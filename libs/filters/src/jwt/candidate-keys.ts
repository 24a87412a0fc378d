// SPDX-License-Identifier: Apache-2.0
import type { JwtAlgorithm, KeySet, VerificationKey } from '@weir/policy/snapshot';
import { quote } from './parse-token.ts';
import type { ParsedToken } from './parse-token.ts';
import { TokenRefusal } from './token-refusal.ts';

/** Bounds what one token can cost; more keys than these under one name, or without any, are a mistake. */
export const MAX_KEYS_TRIED = 8;

/** The keys that a token may be signed with, and whether it named them. */
export interface Candidates {
  readonly keys: readonly VerificationKey[];
  /** By `kid`. Else a newer key set may have the key that it means. */
  readonly isNamed: boolean;
}

/**
 * Keys for a token: those of its `kid`; without any, those that have none; for a token without `kid`, all. Several keys may bear one
 * `kid` (RFC 7517 §4.5). Of these only the ones that allow its algorithm, as the provider does: `kid` is a hint and opens nothing.
 */
export function candidateKeys(token: ParsedToken, set: KeySet, allowed: readonly JwtAlgorithm[]): Candidates {
  const { keyId, algorithm } = token;
  if (!allowed.includes(algorithm)) {
    throw new TokenRefusal('algorithm_refused', `alg is ${algorithm}, and the provider allows ${allowed.join(', ')}`);
  }
  const named = keyId === undefined ? set.keys : set.keys.filter(({ id }) => id === keyId);
  const isNamed = keyId !== undefined && named.length > 0;
  const fitting = named.length > 0 ? named : set.keys.filter(({ id }) => id === undefined);
  const keys = fitting.filter(({ algorithms }) => algorithms.includes(algorithm));
  if (isNamed && keys.length === 0) {
    throw new TokenRefusal('algorithm_refused', `alg is ${algorithm}, which key ${quote(keyId)} does not allow`);
  }
  if (keys.length > MAX_KEYS_TRIED) {
    throw new TokenRefusal('unknown_key', `kid ${quote(keyId)} leaves ${keys.length} keys to try; at most ${MAX_KEYS_TRIED} are`);
  }
  return { keys, isNamed };
}
