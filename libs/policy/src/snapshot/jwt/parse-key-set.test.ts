// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync } from 'node:crypto';
import type { webcrypto } from 'node:crypto';
import { createTestSigner } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { JWT_ALGORITHMS } from './jwt-algorithm.ts';
import type { JwtAlgorithm } from './jwt-algorithm.ts';
import { parseKeySet } from './parse-key-set.ts';
import type { KeySet } from './parse-key-set.ts';

const rsa = createTestSigner('RS256').jwk;
const p256 = createTestSigner('ES256').jwk;
const RSA_ALGORITHMS = JWT_ALGORITHMS.filter(name => /^[RP]S/v.test(name));

function secretOf(byteCount: number): object {
  return { kty: 'oct', k: Buffer.alloc(byteCount, 7).toString('base64url') };
}

function rsaOf(modulusLength: number): webcrypto.JsonWebKey {
  return generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' });
}

function parse(...keys: readonly unknown[]): KeySet {
  return parseKeySet(JSON.stringify({ keys }), { allowsSecrets: true });
}

/** Beside a key that can be used. */
function whyLeftOut(key: unknown): readonly string[] {
  return parse(p256, key).leftOut;
}

describe('a key allows', () => {
  it.each<[string, object, readonly JwtAlgorithm[]]>([
    ['of RSA, RS and PS and never HS', rsa, RSA_ALGORITHMS],
    ['of P-256, ES256', p256, ['ES256']],
    ['of P-384, ES384', createTestSigner('ES384').jwk, ['ES384']],
    ['of P-521, ES512', createTestSigner('ES512').jwk, ['ES512']],
    ['of Ed25519, EdDSA', createTestSigner('EdDSA').jwk, ['EdDSA']],
    ['of Ed448, EdDSA', generateKeyPairSync('ed448').publicKey.export({ format: 'jwk' }), ['EdDSA']],
    ['with alg, that one', { ...rsa, alg: 'PS384' }, ['PS384']],
    ['as a secret of 64 bytes, all HS', secretOf(64), ['HS256', 'HS384', 'HS512']],
    ['as a secret of 48 bytes, not HS512', secretOf(48), ['HS256', 'HS384']],
    ['as a secret of 32 bytes, HS256', secretOf(32), ['HS256']],
  ])('%s', (_what, jwk, algorithms) => {
    expect(parse(jwk).keys.map(key => key.algorithms)).toEqual([algorithms]);
  });
});

describe('a key is left out', () => {
  it.each<[string, unknown, string]>([
    ['that is no object', 'key', 'it is no object'],
    ['of an unknown type', { kty: 'XYZ' }, 'its kty "XYZ" is not RSA, EC, OKP or oct'],
    ['of an unknown curve', { ...p256, crv: 'secp256k1' }, 'its crv "secp256k1" is not P-256, P-384, P-521, Ed25519 or Ed448'],
    ['for encryption', { ...rsa, use: 'enc' }, 'its use is "enc", not "sig"'],
    ['for other operations', { ...rsa, key_ops: ['sign'] }, 'its key_ops do not have "verify"'],
    ['whose operations are no list', { ...rsa, key_ops: 'verify' }, 'its key_ops do not have "verify"'],
    ['whose alg is for another type', { ...rsa, alg: 'HS256' }, 'its alg "HS256" is not for a key of its type or size'],
    ['whose alg is for another curve', { ...p256, alg: 'ES384' }, 'its alg "ES384" is not for a key of its type or size'],
    ['whose alg is none', { ...rsa, alg: 'none' }, 'its alg "none" is no known signature'],
    ['whose alg is for encryption', { ...rsa, alg: 'RSA-OAEP' }, 'its alg "RSA-OAEP" is no known signature'],
    ['whose kid is a number', { ...rsa, kid: 7 }, 'its kid is not a string'],
    ['that is private', { ...rsa, d: 'AQAB' }, 'it is a private key; write its public half'],
    ['without its numbers', { kty: 'RSA' }, 'its numbers make no key'],
    ['whose point is on no curve', { ...p256, y: p256.x }, 'its numbers make no key'],
    ['with an exponent of 1', { ...rsa, e: 'AQ' }, 'its exponent is no sound one'],
    ['with an even exponent', { ...rsa, e: 'Ag' }, 'its exponent is no sound one'],
    ['with a long exponent', { ...rsa, e: Buffer.alloc(16, 1).toString('base64url') }, 'its exponent is no sound one'],
    ['of RSA that is short', rsaOf(1024), 'it has 1024 bits; RSA keys of fewer than 2048 can be broken'],
    ['as a short secret', secretOf(31), 'its secret has 31 bytes; at least 32 are needed, for HS256'],
    [
      'as a secret that is too short for its alg',
      { ...secretOf(32), alg: 'HS512' },
      'its alg "HS512" is not for a key of its type or size',
    ],
    ['as a secret in other letters', { kty: 'oct', k: 'not base64url!' }, 'its k is not base64url'],
    ['as a secret without k', { kty: 'oct' }, 'its k is not base64url'],
  ])('%s', (_what, jwk, why) => {
    expect(whyLeftOut(jwk)).toEqual([`key 1 is left out: ${why}`]);
  });

  it('of RSA that is so long that it would stop the worker', () => {
    const n = Buffer.alloc(1025, 255).toString('base64url');
    expect(whyLeftOut({ kty: 'RSA', n, e: 'AQAB' })).toEqual(['key 1 is left out: it has 8200 bits; at most 8192 are taken']);
  });

  it('as a secret where the key set can be fetched by anybody', () => {
    const text = JSON.stringify({ keys: [secretOf(64), p256] });
    expect(parseKeySet(text, { allowsSecrets: false }).leftOut).toEqual([
      'key 0 is left out: it is a secret (kty "oct"), which a key set that is fetched cannot have',
    ]);
  });
});

describe('a key set is refused', () => {
  const OPTIONS = { allowsSecrets: true };

  it.each([
    ['that is not JSON, without quoting it', 'secret', 'the key set is not JSON'],
    ['that is null', 'null', 'the key set is no object with a list "keys"'],
    ['without keys', '{}', 'the key set is no object with a list "keys"'],
    ['that is empty', '{"keys":[]}', 'the key set has no key that can be used'],
    [
      'without a key that can be used',
      '{"keys":[{"kty":"EC"}]}',
      'the key set has no key that can be used; key 0 is left out: its crv undefined is not P-256, P-384, P-521, Ed25519 or Ed448',
    ],
    ['that is too long', ' '.repeat(1024 * 1024 + 1), 'the key set is longer than 1048576 bytes'],
    ['of too many keys', JSON.stringify({ keys: Array(101).fill(p256) }), 'the key set has 101 keys; at most 100 are taken'],
  ])('%s', (_what, text, why) => {
    expect(() => parseKeySet(text, OPTIONS)).toThrow(new RangeError(why));
  });

  it('and one of as many keys as are allowed is not', () => {
    expect(parse(...Array<unknown>(100).fill(p256)).keys).toHaveLength(100);
  });
});
