// SPDX-License-Identifier: Apache-2.0
import type { KeyObject, webcrypto } from 'node:crypto';
import { IdentityError } from '../identity-error.ts';

/** Of every key that Weir makes (FIPS 186-5): small, fast to sign with, and known to everything. */
export const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** The names that OpenSSL has for the curves of given authorities. */
const CURVES: Readonly<Record<string, { readonly namedCurve: string; readonly hash: string }>> = {
  prime256v1: { namedCurve: 'P-256', hash: 'SHA-256' },
  secp384r1: { namedCurve: 'P-384', hash: 'SHA-384' },
  secp521r1: { namedCurve: 'P-521', hash: 'SHA-512' },
};
const MIN_RSA_BITS = 2048;

/** A key to sign certificates with; it cannot be exported, and shows nothing. */
export interface SigningKey {
  readonly key: webcrypto.CryptoKey;
  readonly algorithm: { readonly name: string; readonly hash: string; readonly namedCurve?: string };
}

/** Throws IdentityError `invalid-authority` for kinds of keys that are not signed with here. */
export function createSigningKey(privateKey: KeyObject): SigningKey {
  const algorithm = algorithmOf(privateKey);
  return { key: privateKey.toCryptoKey(algorithm, false, ['sign']), algorithm };
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): SigningKey['algorithm'] {
  if (asymmetricKeyType === 'ec') {
    const curve = CURVES[asymmetricKeyDetails?.namedCurve ?? ''];
    if (curve !== undefined) return { name: 'ECDSA', ...curve };
  }
  if (asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_RSA_BITS) {
    return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  }
  const { namedCurve, modulusLength } = asymmetricKeyDetails ?? {};
  throw new IdentityError('invalid-authority', {
    message: `the authority's key is of kind ${[asymmetricKeyType, namedCurve, modulusLength].filter(part => part !== undefined).join(' ')}`,
    hint: `give one of ECDSA P-256, P-384 or P-521, or RSA of at least ${MIN_RSA_BITS} bits`,
  });
}
