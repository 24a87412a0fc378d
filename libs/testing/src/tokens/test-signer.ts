// SPDX-License-Identifier: Apache-2.0
import { constants, createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject, webcrypto } from 'node:crypto';
import type { JwtAlgorithm } from '@weir/policy/snapshot';

/** A key that exists only for a test, and signs whatever it is given. */
export interface TestSigner {
  readonly algorithm: JwtAlgorithm;
  readonly keyId: string;
  /** For a key set: the public half, or of HS algorithms the secret. Has `kid` and no `alg`. */
  readonly jwk: webcrypto.JsonWebKey & { readonly kid: string };
  /** Private key or secret, for a library to sign with. */
  readonly key: KeyObject | Buffer;
  /** A token of these claims; `header` is added to `alg` and `kid`. */
  sign(claims: object, header?: object): string;
  /** The same of texts as they are, right or wrong. */
  signText(header: string, payload: string): string;
}

interface KeyMaterial {
  readonly key: KeyObject | Buffer;
  readonly jwk: webcrypto.JsonWebKey;
}

const CURVES: ReadonlyMap<JwtAlgorithm, string> = new Map([
  ['ES256', 'P-256'],
  ['ES384', 'P-384'],
  ['ES512', 'P-521'],
]);

export function createTestSigner(algorithm: JwtAlgorithm, keyId = `key of ${algorithm}`): TestSigner {
  const { key, jwk } = generate(algorithm);
  const signText = (header: string, payload: string): string => {
    const signed = `${encode(header)}.${encode(payload)}`;
    return `${signed}.${signatureOf(algorithm, key, signed).toString('base64url')}`;
  };
  return {
    algorithm,
    keyId,
    key,
    jwk: { ...jwk, kid: keyId },
    signText,
    sign: (claims, header = {}) => signText(JSON.stringify({ alg: algorithm, kid: keyId, ...header }), JSON.stringify(claims)),
  };
}

function generate(algorithm: JwtAlgorithm): KeyMaterial {
  if (algorithm.startsWith('HS')) {
    const key = randomBytes(64);
    return { key, jwk: { kty: 'oct', k: key.toString('base64url') } };
  }
  const { privateKey, publicKey } = generatePair(algorithm);
  return { key: privateKey, jwk: publicKey.export({ format: 'jwk' }) };
}

function generatePair(algorithm: JwtAlgorithm): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  const namedCurve = CURVES.get(algorithm);
  if (namedCurve !== undefined) return generateKeyPairSync('ec', { namedCurve });
  return algorithm === 'EdDSA' ? generateKeyPairSync('ed25519') : generateKeyPairSync('rsa', { modulusLength: 2048 });
}

function signatureOf(algorithm: JwtAlgorithm, key: KeyObject | Buffer, signed: string): Buffer {
  const digest = `sha${algorithm.slice(2)}`;
  const bytes = Buffer.from(signed);
  if (Buffer.isBuffer(key)) return createHmac(digest, key).update(bytes).digest();
  switch (algorithm.slice(0, 2)) {
    case 'RS':
      return sign(digest, bytes, key);
    case 'PS':
      return sign(digest, bytes, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
    case 'ES':
      return sign(digest, bytes, { key, dsaEncoding: 'ieee-p1363' });
    default:
      return sign(null, bytes, key);
  }
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}
