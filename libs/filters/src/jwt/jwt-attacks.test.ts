// SPDX-License-Identifier: Apache-2.0
import { createHmac, createPublicKey, sign } from 'node:crypto';
import type { JwtAlgorithm } from '@weir/policy/snapshot';
import { createManualClock, createTestClaims, createTestProvider, createTestSigner } from '@weir/testing';
import type { TestSigner } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { createJwtVerifier } from './jwt-verifier.ts';
import { TokenRefusal } from './token-refusal.ts';

const NOW_MS = 1_800_000_000_000;
const CLAIMS = createTestClaims(NOW_MS);
const rsa = createTestSigner('RS256');
const p256 = createTestSigner('ES256');
const ed25519 = createTestSigner('EdDSA');
const mallory = createTestSigner('RS256', 'key of mallory');

const encode = (text: string | Buffer): string => Buffer.from(text).toString('base64url');
const valid = rsa.sign(CLAIMS);

/** With every algorithm allowed: the keys alone must hold. */
const ALL: readonly JwtAlgorithm[] = ['HS256', 'HS384', 'HS512', 'RS256', 'RS512', 'PS256', 'ES256', 'ES384', 'EdDSA'];

/** Asked twice: what was refused once must not have been remembered. */
function codesFor(token: string, ...signers: readonly TestSigner[]): readonly unknown[] {
  const provider = createTestProvider(signers, { algorithms: ALL });
  const verifier = createJwtVerifier(provider, {
    clock: createManualClock(NOW_MS),
    keySets: { open: () => expect.unreachable() },
  });
  return [1, 2].map(() => {
    try {
      return verifier.verify(token);
    } catch (error) {
      return error instanceof TokenRefusal ? error.code : error;
    }
  });
}

function expectRefused(token: string, code: string, ...signers: readonly TestSigner[]): void {
  expect(codesFor(token, ...signers)).toEqual([code, code]);
}

function hmacToken(header: object, secret: string | Buffer): string {
  const signed = `${encode(JSON.stringify(header))}.${encode(JSON.stringify(CLAIMS))}`;
  return `${signed}.${encode(createHmac('sha256', secret).update(signed).digest())}`;
}

describe('an unsigned token is refused (RFC 8725 §2.1)', () => {
  it.each(['none', 'None', 'NONE', 'nOnE', '', null, 0, ['RS256'], 'RS1', 'HS1', 'rs256', 'RS256 '])('with alg %j', alg => {
    const head = encode(JSON.stringify({ alg, kid: rsa.keyId }));
    expectRefused(`${head}.${encode(JSON.stringify(CLAIMS))}.`, 'algorithm_refused', rsa);
    expectRefused(`${head}.${encode(JSON.stringify(CLAIMS))}.AAAA`, 'algorithm_refused', rsa);
  });

  it('without alg', () => {
    expectRefused(rsa.signText('{}', JSON.stringify(CLAIMS)), 'algorithm_refused', rsa);
  });

  it.each(ALL)('that says %s and has no signature', algorithm => {
    const issuer = createTestSigner(algorithm);
    expectRefused(issuer.sign(CLAIMS).replace(/[^.]*$/v, ''), 'signature_invalid', issuer);
  });
});

describe('the public half of a key is no secret (RFC 8725 §2.1, CVE-2015-9235)', () => {
  const spki = createPublicKey({ format: 'jwk', key: rsa.jwk });

  it.each([
    ['as PEM', spki.export({ format: 'pem', type: 'spki' })],
    ['as PEM without its last line end', spki.export({ format: 'pem', type: 'spki' }).trimEnd()],
    ['as DER', spki.export({ format: 'der', type: 'spki' })],
    ['as PKCS #1', spki.export({ format: 'pem', type: 'pkcs1' })],
    ['as JSON', JSON.stringify(rsa.jwk)],
    ['as its modulus', Buffer.from(String(rsa.jwk.n), 'base64url')],
    ['as nothing', ''],
  ])('%s', (_what, secret) => {
    expectRefused(hmacToken({ alg: 'HS256', kid: rsa.keyId }, secret), 'algorithm_refused', rsa);
    expectRefused(hmacToken({ alg: 'HS256' }, secret), 'unknown_key', rsa);
  });

  it('of an elliptic curve either', () => {
    const pem = createPublicKey({ format: 'jwk', key: p256.jwk }).export({ format: 'pem', type: 'spki' });
    expectRefused(hmacToken({ alg: 'HS256', kid: p256.keyId }, pem), 'algorithm_refused', p256);
  });

  it('and a key of alg RS256 verifies no PS256 of its own', () => {
    const issuer = createTestSigner('PS256', rsa.keyId);
    const narrow = { ...issuer, jwk: { ...issuer.jwk, alg: 'RS256' } };
    expectRefused(issuer.sign(CLAIMS), 'algorithm_refused', narrow);
  });
});

describe('keys that come with a token are not looked at (RFC 8725 §2.2, CVE-2018-0114)', () => {
  it.each<[string, object]>([
    ['jwk', { jwk: mallory.jwk }],
    ['jku', { jku: 'https://evil.example/jwks' }],
    ['x5u', { x5u: 'https://evil.example/cert' }],
    ['x5c', { x5c: ['MIIB'] }],
    ['x5t', { x5t: 'AAAA', 'x5t#S256': 'AAAA' }],
  ])('%s', (_what, header) => {
    expectRefused(mallory.sign(CLAIMS, { ...header, kid: rsa.keyId }), 'signature_invalid', rsa);
    expectRefused(mallory.sign(CLAIMS, header), 'unknown_key', rsa);
    expect(codesFor(rsa.sign(CLAIMS, header), rsa)[0]).toMatchObject({ subject: 'alice' });
  });
});

describe('kid is compared and nothing else is done with it', () => {
  it.each(['../../../dev/null', "' OR 1=1 --", '__proto__', 'constructor', '', '\0', '*', '\ud800'])('%j', kid => {
    expectRefused(mallory.sign(CLAIMS, { kid }), 'unknown_key', rsa);
  });

  it.each([null, 0, true, {}, ['key of RS256']])('and must be a string, not %j', kid => {
    expectRefused(rsa.sign(CLAIMS, { kid }), 'malformed', rsa);
  });
});

describe('a signature is refused', () => {
  const resigned = (issuer: TestSigner, bytes: Buffer): string => issuer.sign(CLAIMS).replace(/[^.]*$/v, encode(bytes));
  const signatureOf = (token: string): Buffer => Buffer.from(token.split('.')[2]!, 'base64url');
  const ecdsa = signatureOf(p256.sign(CLAIMS));
  const ORDER = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');

  it.each<[string, TestSigner, Buffer]>([
    ['of ES256 with r = s = 0 (CVE-2022-21449)', p256, Buffer.alloc(64)],
    ['of ES256 with r = 0', p256, Buffer.concat([Buffer.alloc(32), ecdsa.subarray(32)])],
    ['of ES256 with r = s = n', p256, Buffer.concat([ORDER, ORDER])],
    ['of ES256 as DER', p256, sign('sha256', Buffer.from('x'), p256.key)],
    ['of ES256 that is too short', p256, ecdsa.subarray(0, 63)],
    ['of ES256 that is too long', p256, Buffer.concat([ecdsa, Buffer.alloc(1)])],
    ['of RS256 that is zero', rsa, Buffer.alloc(256)],
    ['of RS256 that is one', rsa, Buffer.concat([Buffer.alloc(255), Buffer.from([1])])],
    ['of RS256 that is too short', rsa, signatureOf(valid).subarray(1)],
    ['of RS256 that is too long', rsa, Buffer.concat([Buffer.alloc(1), signatureOf(valid)])],
    ['of EdDSA that is zero', ed25519, Buffer.alloc(64)],
    ['of EdDSA that is too short', ed25519, Buffer.alloc(63)],
    ['of EdDSA with s that is not reduced (RFC 8032 §5.1.7)', ed25519, Buffer.alloc(64, 255)],
  ])('%s', (_what, issuer, bytes) => {
    expectRefused(resigned(issuer, bytes), 'signature_invalid', issuer);
  });

  it('that was made for another algorithm of the same key', () => {
    const token = createTestSigner('PS256').sign(CLAIMS, { alg: 'RS256', kid: rsa.keyId });
    expectRefused(token, 'signature_invalid', rsa);
  });

  it('of another key on the token that it vouches for', () => {
    const [head = '', , signature = ''] = valid.split('.');
    expectRefused(`${head}.${encode(JSON.stringify({ ...CLAIMS, sub: 'admin' }))}.${signature}`, 'signature_invalid', rsa);
  });
});

describe('what is no token in its one form is refused', () => {
  const [head = '', payload = '', signature = ''] = valid.split('.');

  it.each([
    ['', 'malformed'],
    ['.', 'malformed'],
    ['..', 'malformed'],
    [`${head}.${payload}`, 'malformed'],
    [`${valid}.`, 'malformed'],
    [`${valid}.x.y`, 'malformed'],
    [` ${valid}`, 'malformed'],
    [`${valid}\n`, 'malformed'],
    [`${valid}==`, 'malformed'],
    [`${head}=.${payload}.${signature}`, 'malformed'],
    [`${head}.${payload}=.${signature}`, 'malformed'],
    ['a'.repeat(16_385), 'too_long'],
  ])('%j', (token, code) => {
    expectRefused(token, code, rsa);
  });

  it('in the standard alphabet instead of base64url', () => {
    const claims = { ...CLAIMS, note: '???>>>' };
    const token = rsa.sign(claims);
    expect(codesFor(token, rsa)[0]).toMatchObject({ claims });
    const [first = '', ...rest] = token.split('.');
    const rewritten = [first, ...rest.map(part => part.replaceAll('-', '+').replaceAll('_', '/'))].join('.');
    expect(rewritten).not.toBe(token);
    expectRefused(rewritten, 'malformed', rsa);
  });
});

describe('a header is refused', () => {
  const HEAD = `"alg":"RS256","kid":${JSON.stringify(rsa.keyId)}`;

  it.each([
    ['with a critical extension', `{${HEAD},"crit":["b64"],"b64":false}`, 'malformed'],
    ['with critical extensions of none', `{${HEAD},"crit":[]}`, 'malformed'],
    ['with critical null', `{${HEAD},"crit":null}`, 'malformed'],
    ['with alg twice', `{${HEAD},"alg":"none"}`, 'malformed'],
    ['with alg twice, once escaped', `{${HEAD},"\\u0061lg":"RS256"}`, 'malformed'],
    ['that is a list', '["RS256"]', 'malformed'],
    ['that is null', 'null', 'malformed'],
    ['that is text', '"RS256"', 'malformed'],
    ['with more behind it', `{${HEAD}}{}`, 'malformed'],
    ['with a byte order mark', `\ufeff{${HEAD}}`, 'malformed'],
    ['that is nested very deeply', `{${HEAD},"x":${'['.repeat(5000)}${']'.repeat(5000)}}`, 'malformed'],
    ['of a logout token', `{${HEAD},"typ":"logout+jwt"}`, 'malformed'],
    ['of a proof of possession', `{${HEAD},"typ":"dpop+jwt"}`, 'malformed'],
    ['of a type that is no text', `{${HEAD},"typ":7}`, 'malformed'],
  ])('%s', (_what, header, code) => {
    expectRefused(rsa.signText(header, JSON.stringify(CLAIMS)), code, rsa);
  });
});

describe('a payload is refused', () => {
  const HEAD = JSON.stringify({ alg: 'RS256', kid: rsa.keyId });
  const REST = `"iss":"${CLAIMS.iss}","exp":${CLAIMS.exp}`;

  it.each([
    ['with sub twice', `{${REST},"sub":"alice","sub":"admin"}`],
    ['with exp twice', `{"exp":0,${REST}}`],
    ['with a member of a member twice', `{${REST},"a":{"b":1,"b":2}}`],
    ['with a member of an element twice', `{${REST},"a":[{"b":1,"b":2}]}`],
    ['with a name twice, once escaped', `{${REST},"sub":"alice","s\\u0075b":"admin"}`],
    ['that is a list', `[{${REST}}]`],
    ['that is a token itself', valid],
    ['with NaN', `{${REST},"nbf":NaN}`],
    ['with a comment', `{${REST}/* */}`],
    ['that is nested very deeply', `{${REST},"x":${'['.repeat(5000)}${']'.repeat(5000)}}`],
  ])('%s', (_what, payload) => {
    expectRefused(rsa.signText(HEAD, payload), 'malformed', rsa);
  });

  it('that is not UTF-8', () => {
    const signed = `${encode(HEAD)}.${encode(Buffer.from(`{${REST},"sub":"\xff"}`, 'latin1'))}`;
    const token = `${signed}.${encode(sign('sha256', Buffer.from(signed), rsa.key))}`;
    expectRefused(token, 'malformed', rsa);
  });

  it('that is nothing', () => {
    expectRefused(rsa.signText(HEAD, ''), 'malformed', rsa);
  });

  it('and colons, quotes and braces in texts are not taken for members', () => {
    const payload = `{${REST},"sub":"a:b","x:y":"{\\"z\\":1}","__proto__":{"sub":"admin"}}`;
    expect(codesFor(rsa.signText(HEAD, payload), rsa)[0]).toMatchObject({ subject: 'a:b' });
  });
});
