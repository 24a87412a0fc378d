// SPDX-License-Identifier: Apache-2.0
import type { JwtAlgorithm } from '@weir/policy/snapshot';
import { createManualClock, createTestClaims, createTestProvider, createTestSigner } from '@weir/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createJwtVerifier } from './jwt-verifier.ts';
import type { JwtVerifier } from './jwt-verifier.ts';
import { TokenRefusal } from './token-refusal.ts';

const NOW_MS = 1_800_000_000_000;
const CLAIMS = { ...createTestClaims(NOW_MS), nbf: NOW_MS / 1000, note: 'Zoë: "one"' };
const ALPHABET = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\0é€');

function outcome(verifier: JwtVerifier, token: string): unknown {
  try {
    return verifier.verify(token);
  } catch (error) {
    if (error instanceof TokenRefusal) return error.code;
    throw error;
  }
}

// The lengths of these signatures leave 2, 4, 4 and 0 bits unused in their last character.
it.each<JwtAlgorithm>(['HS256', 'RS256', 'ES256', 'HS384'])('a token of %s with one character changed is refused', algorithm => {
  const signer = createTestSigner(algorithm);
  const token = signer.sign(CLAIMS);
  const ports = { clock: createManualClock(NOW_MS), keySets: { open: () => expect.unreachable() } };
  const verifier = createJwtVerifier(createTestProvider([signer]), ports);
  const original = outcome(verifier, token);
  expect(original).toMatchObject({ subject: 'alice' });
  const place = fc.integer({ min: 0, max: token.length - 1 });
  const isRefused = (at: number, character: string): void => {
    fc.pre(token[at] !== character);
    expect(outcome(verifier, token.slice(0, at) + character + token.slice(at + 1))).toBeTypeOf('string');
  };
  fc.assert(fc.property(place, fc.constantFrom(...ALPHABET), isRefused), { numRuns: 500 });
  for (const at of [token.indexOf('.') - 1, token.lastIndexOf('.') - 1, token.length - 1]) {
    for (const character of ALPHABET) if (character !== token[at]) isRefused(at, character);
  }
  expect(outcome(verifier, token)).toBe(original);
});

it('whatever the clock does, what is remembered is answered as what is verified anew', () => {
  const signer = createTestSigner('HS256');
  const provider = createTestProvider([signer]);
  const token = signer.sign(CLAIMS);
  const clock = { ...createManualClock(NOW_MS), wallMs: (): number => NOW_MS };
  const ports = { clock, keySets: { open: () => expect.unreachable() } };
  const times = fc.array(fc.integer({ min: NOW_MS - 120_000, max: NOW_MS + 3_720_000 }), { minLength: 1 });
  fc.assert(
    fc.property(times, walls => {
      const remembering = createJwtVerifier(provider, ports);
      for (const wallMs of walls) {
        clock.wallMs = () => wallMs;
        expect(outcome(remembering, token)).toEqual(outcome(createJwtVerifier(provider, ports), token));
      }
    }),
  );
});

it('whatever is sent instead of a token is refused, and nothing else is thrown', () => {
  const signer = createTestSigner('HS256');
  const ports = { clock: createManualClock(NOW_MS), keySets: { open: () => expect.unreachable() } };
  const verifier = createJwtVerifier(createTestProvider([signer]), ports);
  const isRefused = (token: string): boolean => typeof outcome(verifier, token) === 'string';
  const head = JSON.stringify({ alg: 'HS256', kid: signer.keyId });
  const json = fc.oneof(fc.json(), fc.string());
  fc.assert(fc.property(fc.string(), isRefused));
  fc.assert(fc.property(json, json, (header, payload) => isRefused(signer.signText(header, payload))));
  fc.assert(fc.property(json, payload => isRefused(signer.signText(head, payload))));
});
