// SPDX-License-Identifier: Apache-2.0
import { JWT_ALGORITHMS, parseKeySet } from '@weir/policy/snapshot';
import type { JwtProvider, KeySet } from '@weir/policy/snapshot';
import { createManualClock, createTestClaims, createTestProvider, createTestSigner } from '@weir/testing';
import type { ManualClock, TestSigner } from '@weir/testing';
import jsonwebtoken from 'jsonwebtoken';
import { describe, expect, it } from 'vitest';
import { createJwtVerifier } from './jwt-verifier.ts';
import type { JwtVerifier, VerifiedToken } from './jwt-verifier.ts';
import type { KeySets, KeySource } from './key-source.ts';
import { TokenRefusal } from './token-refusal.ts';
import { MAX_VERIFIED_TOKENS } from './verified-tokens.ts';

const NOW_MS = 1_800_000_000_000;
const CLAIMS = createTestClaims(NOW_MS);
const signer = createTestSigner('ES256');
const other = createTestSigner('ES256', 'another key');

const NO_KEY_SETS: KeySets = {
  open() {
    throw new Error('nothing is fetched here');
  },
};

function verifierOf(provider: JwtProvider, clock: ManualClock = createManualClock(NOW_MS)): JwtVerifier {
  return createJwtVerifier(provider, { clock, keySets: NO_KEY_SETS });
}

function verify(claims: object, changes: Partial<JwtProvider> = {}): VerifiedToken | Promise<VerifiedToken> {
  return verifierOf(createTestProvider([signer], changes)).verify(signer.sign(claims));
}

function refusal(attempt: () => unknown): Pick<TokenRefusal, 'code' | 'message'> | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    if (!(error instanceof TokenRefusal)) throw error;
    return { code: error.code, message: error.message };
  }
}

describe('a token is verified', () => {
  it.each(JWT_ALGORITHMS)('that was signed with %s', algorithm => {
    const issuer = createTestSigner(algorithm);
    const verifier = verifierOf(createTestProvider([issuer]));
    expect(verifier.verify(issuer.sign({ ...CLAIMS, role: 'admin' }))).toEqual({
      provider: 'issuer',
      subject: 'alice',
      claims: { ...CLAIMS, role: 'admin' },
      headers: [],
    });
  });

  it.each(JWT_ALGORITHMS.filter(name => name !== 'EdDSA'))('that jsonwebtoken signed with %s', algorithm => {
    const issuer = createTestSigner(algorithm);
    const token = jsonwebtoken.sign(CLAIMS, issuer.key, { algorithm, keyid: issuer.keyId, noTimestamp: true });
    expect(verifierOf(createTestProvider([issuer])).verify(token)).toMatchObject({ claims: CLAIMS });
  });

  it.each(JWT_ALGORITHMS)('of %s, and not where another key signed it', algorithm => {
    const issuer = createTestSigner(algorithm);
    const forger = createTestSigner(algorithm, issuer.keyId);
    const attempt = (): unknown => verifierOf(createTestProvider([issuer])).verify(forger.sign(CLAIMS));
    expect(refusal(attempt)).toEqual({ code: 'signature_invalid', message: `it was not signed with key "key of ${algorithm}"` });
  });

  it.each(['JWT', 'jwt', 'at+jwt', 'application/at+jwt', 'JOSE'])('of type %s', typ => {
    expect(verifierOf(createTestProvider([signer])).verify(signer.sign(CLAIMS, { typ }))).toMatchObject({ subject: 'alice' });
  });

  it('once for all who ask, with nothing in it that one of them could change', () => {
    const verifier = verifierOf(createTestProvider([signer], { claimHeaders: [{ path: ['sub'], header: 'x-user' }] }));
    const token = signer.sign({ ...CLAIMS, groups: [{ name: 'ops' }] });
    const verified = verifier.verify(token) as VerifiedToken;
    expect(verifier.verify(token)).toBe(verified);
    expect(verified.headers).toEqual([{ name: 'x-user', value: 'alice' }]);
    expect(() => Object.assign(verified.claims, { sub: 'mallory' })).toThrow(TypeError);
    expect(() => Object.assign((verified.claims['groups'] as [object])[0], { name: 'admin' })).toThrow(TypeError);
  });
});

describe('the key is found', () => {
  const second = createTestSigner('ES256', signer.keyId);
  const nameless = (of: TestSigner): TestSigner => ({ ...of, jwk: { ...of.jwk, kid: undefined } as never });

  it.each<[string, readonly TestSigner[], object]>([
    ['by its name', [other, signer], {}],
    ['among several of one name', [second, signer], {}],
    ['without a name in the token', [other, signer], { kid: undefined }],
    ['without a name in the set', [nameless(signer)], {}],
    ['beside keys of other types', [createTestSigner('RS256', signer.keyId), signer], {}],
  ])('%s', (_what, signers, header) => {
    expect(verifierOf(createTestProvider(signers)).verify(signer.sign(CLAIMS, header))).toMatchObject({ subject: 'alice' });
  });

  it.each<[string, readonly TestSigner[], object, string]>([
    ['an unknown name', [other], {}, 'its kid is "key of ES256", and none of 1 keys has signed it'],
    ['no name, and no key that fits', [other], { kid: undefined }, 'its kid is missing, and none of 1 keys has signed it'],
    [
      'a name that is very long',
      [other],
      { kid: 'k'.repeat(5000) },
      `its kid is "${'k'.repeat(79)}…, and none of 1 keys has signed it`,
    ],
    [
      'no name, and more keys than are tried',
      Array.from({ length: 9 }, (_, i) => createTestSigner('ES256', `${i}`)),
      { kid: undefined },
      'kid missing leaves 9 keys to try; at most 8 are',
    ],
  ])('not for a token with %s', (_what, signers, header, message) => {
    const attempt = (): unknown => verifierOf(createTestProvider(signers)).verify(signer.sign(CLAIMS, header));
    expect(refusal(attempt)).toEqual({ code: 'unknown_key', message });
  });
});

describe('claims are checked', () => {
  it.each<[string, object, Partial<JwtProvider>]>([
    ['one of several audiences', { aud: ['a', 'b'] }, { audiences: ['b', 'c'] }],
    ['an audience alone', { aud: 'b' }, { audiences: ['b'] }],
    ['an audience where none is asked for', { aud: 'b' }, {}],
    ['no expiry where none is asked for', { exp: undefined }, { requiresExpiry: false }],
    ['fractions of a second', { exp: NOW_MS / 1000 - 59.5 }, {}],
    ['an expiry in the far future', { exp: 1e300 }, {}],
    ['a required claim', { a: { b: 0 } }, { requiredClaims: [{ path: ['a', 'b'], values: [] }] }],
    ['a required value', { a: 'x' }, { requiredClaims: [{ path: ['a'], values: ['w', 'x'] }] }],
    ['a required number', { a: 7 }, { requiredClaims: [{ path: ['a'], values: ['7'] }] }],
    ['a required truth', { a: true }, { requiredClaims: [{ path: ['a'], values: ['true'] }] }],
    ['a required element', { a: ['v', 'x'] }, { requiredClaims: [{ path: ['a'], values: ['x'] }] }],
    ['a required scope', { scope: 'read write' }, { requiredClaims: [{ path: ['scope'], values: ['write'] }] }],
    ['no subject', { sub: undefined }, {}],
  ])('%s is accepted', (_what, claims, changes) => {
    expect(verify({ ...CLAIMS, ...claims }, changes)).toMatchObject({ provider: 'issuer' });
  });

  it.each<[string, object, Partial<JwtProvider>, string, string]>([
    [
      'another issuer',
      { iss: 'https://evil.example' },
      {},
      'issuer_mismatch',
      'iss is "https://evil.example", not "https://issuer.example"',
    ],
    [
      'an issuer with a slash more',
      { iss: `${CLAIMS.iss}/` },
      {},
      'issuer_mismatch',
      'iss is "https://issuer.example/", not "https://issuer.example"',
    ],
    [
      'a list of issuers',
      { iss: [CLAIMS.iss] },
      {},
      'issuer_mismatch',
      'iss is ["https://issuer.example"], not "https://issuer.example"',
    ],
    ['no issuer', { iss: undefined }, {}, 'issuer_mismatch', 'iss is missing, not "https://issuer.example"'],
    ['another audience', { aud: 'a' }, { audiences: ['b'] }, 'audience_mismatch', 'aud is "a", and has none of ["b"]'],
    ['a longer audience', { aud: 'bb' }, { audiences: ['b'] }, 'audience_mismatch', 'aud is "bb", and has none of ["b"]'],
    ['no audience', {}, { audiences: ['b'] }, 'audience_mismatch', 'aud is missing, and has none of ["b"]'],
    ['nested audiences', { aud: [['b']] }, { audiences: ['b'] }, 'malformed', 'aud is no string and no list of strings'],
    [
      'an audience beside a number',
      { aud: ['b', 1] },
      { audiences: ['b'] },
      'malformed',
      'aud is no string and no list of strings',
    ],
    ['an object as audience', { aud: { b: 'b' } }, {}, 'malformed', 'aud is no string and no list of strings'],
    ['a number as subject', { sub: 7 }, {}, 'malformed', 'sub is not a string'],
    ['no expiry', { exp: undefined }, {}, 'claim_mismatch', 'exp is missing'],
    ['an expiry in words', { exp: '9999999999' }, {}, 'malformed', 'exp is "9999999999", not a number of seconds'],
    ['an expiry of NaN, which JSON writes as null', { exp: NaN }, {}, 'malformed', 'exp is null, not a number of seconds'],
    [
      'an expiry of null where none is asked for',
      { exp: null },
      { requiresExpiry: false },
      'malformed',
      'exp is null, not a number of seconds',
    ],
    ['an expiry long ago', { exp: -1e300 }, {}, 'expired', 'the token expired 1e+300 s ago'],
    ['the end of its leeway', { exp: NOW_MS / 1000 - 60 }, {}, 'expired', 'the token expired 0 s ago'],
    ['a beginning to come', { nbf: NOW_MS / 1000 + 61 }, {}, 'not_yet_valid', 'the token holds from 1 s from now'],
    ['a beginning in words', { nbf: '0' }, {}, 'malformed', 'nbf is "0", not a number of seconds'],
    ['an issue in the future', { iat: NOW_MS / 1000 + 90 }, {}, 'not_yet_valid', 'the token holds from 30 s from now'],
    ['a truth as issue', { iat: true }, {}, 'malformed', 'iat is true, not a number of seconds'],
    [
      'a required claim missing',
      { a: {} },
      { requiredClaims: [{ path: ['a', 'b'], values: [] }] },
      'claim_mismatch',
      'claim a.b is missing',
    ],
    [
      'a required claim of null',
      { a: null },
      { requiredClaims: [{ path: ['a'], values: [] }] },
      'claim_mismatch',
      'claim a is missing',
    ],
    [
      'a name of all objects',
      {},
      { requiredClaims: [{ path: ['constructor'], values: [] }] },
      'claim_mismatch',
      'claim constructor is missing',
    ],
    [
      'another value',
      { a: 'y' },
      { requiredClaims: [{ path: ['a'], values: ['x'] }] },
      'claim_mismatch',
      'claim a has none of ["x"]',
    ],
    [
      'a value in an object',
      { a: { x: 'x' } },
      { requiredClaims: [{ path: ['a'], values: ['x'] }] },
      'claim_mismatch',
      'claim a has none of ["x"]',
    ],
    [
      'a longer scope',
      { scope: 'rewrite' },
      { requiredClaims: [{ path: ['scope'], values: ['write'] }] },
      'claim_mismatch',
      'claim scope has none of ["write"]',
    ],
  ])('%s is refused', (_what, claims, changes, code, message) => {
    expect(refusal(() => verify({ ...CLAIMS, ...claims }, changes))).toEqual({ code, message });
  });

  it('and an infinite expiry, which JSON cannot write but can be read as, holds for ever', () => {
    const token = signer.signText(`{"alg":"ES256","kid":"${signer.keyId}"}`, `{"iss":"${CLAIMS.iss}","exp":1e999}`);
    expect(verifierOf(createTestProvider([signer])).verify(token)).toMatchObject({ claims: { exp: Infinity } });
  });
});

describe('a token that was verified', () => {
  it('is refused once it has expired, whether it is remembered or not', () => {
    const clock = createManualClock(NOW_MS);
    const verifier = verifierOf(createTestProvider([signer]), clock);
    const token = signer.sign(CLAIMS);
    void verifier.verify(token);
    clock.advance(3_659_999);
    expect(verifier.verify(token)).toMatchObject({ subject: 'alice' });
    clock.advance(1);
    expect(refusal(() => verifier.verify(token))?.code).toBe('expired');
    expect(refusal(() => verifier.verify(token))?.code).toBe('expired');
  });

  it('is refused while a clock that was set back says that it does not hold yet, and accepted again after', () => {
    const clock = { ...createManualClock(NOW_MS), wallMs: (): number => NOW_MS };
    const verifier = verifierOf(createTestProvider([signer]), clock);
    const token = signer.sign({ ...CLAIMS, nbf: NOW_MS / 1000 });
    void verifier.verify(token);
    clock.wallMs = () => NOW_MS - 60_001;
    expect(refusal(() => verifier.verify(token))?.code).toBe('not_yet_valid');
    clock.wallMs = () => NOW_MS + 7_200_000;
    expect(refusal(() => verifier.verify(token))?.code).toBe('expired');
    clock.wallMs = () => NOW_MS;
    expect(verifier.verify(token)).toMatchObject({ subject: 'alice' });
  });

  it('is remembered through a flood of bad tokens', () => {
    const issuer = createTestSigner('HS256');
    const verifier = verifierOf(createTestProvider([issuer]));
    const token = issuer.sign(CLAIMS);
    const verified = verifier.verify(token);
    for (let i = 0; i <= MAX_VERIFIED_TOKENS; i++) refusal(() => verifier.verify(`${token.slice(0, -5)}${10_000 + i}`));
    expect(verifier.verify(token)).toBe(verified);
  });

  it('is forgotten when the keys change, and refused where its key has gone', async () => {
    const keys: { current: KeySet } & KeySource = {
      current: keySetOf(signer),
      first: () => Promise.reject(new Error('there are keys')),
      refresh: () => undefined,
    };
    const verifier = createJwtVerifier(remoteProvider(), { clock: createManualClock(NOW_MS), keySets: { open: () => keys } });
    const token = signer.sign(CLAIMS);
    const verified = await verifier.verify(token);
    keys.current = keySetOf(signer, other);
    expect(verifier.verify(token)).not.toBe(verified);
    keys.current = keySetOf(other);
    expect(refusal(() => verifier.verify(token))?.code).toBe('unknown_key');
  });
});

function keySetOf(...signers: readonly TestSigner[]): KeySet {
  return parseKeySet(JSON.stringify({ keys: signers.map(({ jwk }) => jwk) }), { allowsSecrets: false });
}

function remoteProvider(changes: object = {}): JwtProvider {
  const keys = {
    kind: 'remote',
    url: 'https://issuer.example/jwks',
    refreshMs: 300_000,
    allowsPlaintext: false,
    ...changes,
  } as const;
  return createTestProvider([signer], { keys });
}

describe('without keys', () => {
  it.each<[string, JwtProvider, string]>([
    [
      'a broken reference',
      createTestProvider([signer], { keys: { kind: 'unresolved', detail: 'Secret shop/keys is missing' } }),
      'Secret shop/keys is missing',
    ],
    ['a broken key set', createTestProvider([signer], { keys: { kind: 'inline', jwks: '{' } }), 'the key set is not JSON'],
    [
      'a URL that is not permitted',
      remoteProvider({ url: 'http://issuer.example/jwks' }),
      'keys that come from issuer.example over http: could be anybody',
    ],
  ])('%s refuses every token, and blames the keys', async (_what, provider, message) => {
    const error: unknown = await Promise.resolve(verifierOf(provider).verify(signer.sign(CLAIMS))).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: 'keys_unavailable', blame: 'keys', message: expect.stringContaining(message) });
  });

  it('what is no token is refused without asking for keys', () => {
    const verifier = verifierOf(createTestProvider([signer], { keys: { kind: 'unresolved', detail: '' } }));
    expect(refusal(() => verifier.verify('a.b.c'))?.code).toBe('malformed');
  });
});

describe('while keys are fetched', () => {
  it('tokens wait for the first ones, and are verified at once from then on', async () => {
    const first = Promise.withResolvers<KeySet>();
    const keys: { current: KeySet | undefined } & KeySource = {
      current: undefined,
      first: () => first.promise,
      refresh: () => undefined,
    };
    const verifier = createJwtVerifier(remoteProvider(), { clock: createManualClock(NOW_MS), keySets: { open: () => keys } });
    const waiting = verifier.verify(signer.sign(CLAIMS));
    keys.current = keySetOf(signer);
    first.resolve(keys.current);
    const verified = await waiting;
    expect(verified.subject).toBe('alice');
    expect(verifier.verify(signer.sign({ ...CLAIMS, jti: '2' }))).not.toBeInstanceOf(Promise);
  });

  it('a token of an unknown key is tried with newer ones, and one with a wrong signature is not', async () => {
    let refreshes = 0;
    const keys: KeySource = {
      current: keySetOf(other),
      first: () => Promise.reject(new Error('there are keys')),
      refresh() {
        refreshes++;
        return Promise.resolve(keySetOf(other, signer));
      },
    };
    const verifier = createJwtVerifier(remoteProvider(), { clock: createManualClock(NOW_MS), keySets: { open: () => keys } });
    await expect(verifier.verify(signer.sign(CLAIMS))).resolves.toMatchObject({ subject: 'alice' });
    expect(refreshes).toBe(1);
    expect(refusal(() => verifier.verify(signer.sign(CLAIMS, { kid: other.keyId })))?.code).toBe('signature_invalid');
    expect(refreshes).toBe(1);
  });
});
