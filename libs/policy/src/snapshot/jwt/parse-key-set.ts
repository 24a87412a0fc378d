// SPDX-License-Identifier: Apache-2.0
import { parseVerificationKey } from './verification-key.ts';
import type { VerificationKey, VerificationKeyOptions } from './verification-key.ts';

/** A key set that can be used. */
export interface KeySet {
  /** In the order written; at least one. */
  readonly keys: readonly VerificationKey[];
  /** Why each of the other keys was left out, for operators. */
  readonly leftOut: readonly string[];
}

/** Those of large issuers have a few KiB; this bounds what one that lies can make us hold. */
export const MAX_KEY_SET_BYTES = 1024 * 1024;
/** Importing that many takes about 5 ms. */
export const MAX_KEYS = 100;

/**
 * Reads a JSON Web Key Set (RFC 7517 §5). Keys that cannot be used are left out, as the RFC asks: issuers publish keys for encryption
 * and for algorithms to come beside the others. A set with none that can be used is an error and not an empty set: nobody withdraws all
 * keys at once, but broken servers do.
 *
 * @throws {RangeError} what is wrong, in words for operators, never with a value out of the set.
 */
export function parseKeySet(text: string, options: VerificationKeyOptions): KeySet {
  if (text.length > MAX_KEY_SET_BYTES) throw new RangeError(`the key set is longer than ${MAX_KEY_SET_BYTES} bytes`);
  const jwks = parseKeys(text);
  if (jwks.length > MAX_KEYS) throw new RangeError(`the key set has ${jwks.length} keys; at most ${MAX_KEYS} are taken`);
  const keys: VerificationKey[] = [];
  const leftOut: string[] = [];
  for (const [index, jwk] of jwks.entries()) {
    try {
      keys.push(parseVerificationKey(asObject(jwk), options));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      leftOut.push(`key ${index} is left out: ${error.message}`);
    }
  }
  if (keys.length === 0) throw new RangeError(['the key set has no key that can be used', ...leftOut].join('; '));
  return { keys, leftOut };
}

function parseKeys(text: string): readonly unknown[] {
  let set: unknown;
  try {
    set = JSON.parse(text);
  } catch {
    // The cause would quote the text, which may be a secret.
    throw new RangeError('the key set is not JSON');
  }
  const keys = typeof set === 'object' && set !== null && 'keys' in set ? set.keys : undefined;
  if (!Array.isArray(keys)) throw new RangeError('the key set is no object with a list "keys"');
  return keys;
}

function asObject(jwk: unknown): Readonly<Record<string, unknown>> {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) throw new RangeError('it is no object');
  return jwk as Readonly<Record<string, unknown>>;
}
