// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestFromToken, MAX_VERIFIED_LENGTH, MAX_VERIFIED_TOKENS, VerifiedTokens } from './verified-tokens.ts';

function fill(cache: VerifiedTokens<number>, count: number, length = 1): void {
  for (let i = 0; i < count; i++) cache.add(`filler ${i}`, i, length);
}

describe('VerifiedTokens', () => {
  it('keeps what came until half of the cache came after it', () => {
    const cache = new VerifiedTokens<number>();
    cache.add('token', -1, 1);
    fill(cache, MAX_VERIFIED_TOKENS / 2);
    expect(cache.get('token')).toBe(-1);
  });

  it('drops what was not used while all of it was filled', () => {
    const cache = new VerifiedTokens<number>();
    cache.add('token', -1, 1);
    fill(cache, MAX_VERIFIED_TOKENS);
    expect(cache.get('token')).toBeUndefined();
  });

  it('keeps what is used, however much else comes', () => {
    const cache = new VerifiedTokens<number>();
    cache.add('token', -1, 1);
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < MAX_VERIFIED_TOKENS / 4; i++) cache.add(`${round} ${i}`, i, 1);
      expect(cache.get('token')).toBe(-1);
    }
  });

  it('holds fewer where they are long', () => {
    const cache = new VerifiedTokens<number>();
    fill(cache, MAX_VERIFIED_TOKENS, 16_384);
    expect(cache.count).toBeLessThanOrEqual(MAX_VERIFIED_LENGTH / 16_384);
    expect(cache.count).toBeGreaterThan(MAX_VERIFIED_LENGTH / 16_384 / 2 - 1);
  });

  it('counts what is added again once', () => {
    const cache = new VerifiedTokens<number>();
    cache.add('token', 1, MAX_VERIFIED_LENGTH / 4);
    for (let i = 0; i < 10; i++) cache.add('other', i, MAX_VERIFIED_LENGTH / 4);
    expect([cache.get('token'), cache.get('other'), cache.count]).toEqual([1, 9, 2]);
  });

  it('forgets what is removed, and all when it is cleared', () => {
    const cache = new VerifiedTokens<number>();
    cache.add('token', 1, 1);
    cache.add('other', 2, 1);
    cache.remove('token');
    expect([cache.get('token'), cache.get('other')]).toEqual([undefined, 2]);
    cache.clear();
    expect(cache.count).toBe(0);
  });

  it('never holds more than is allowed', () => {
    const operation = fc.tuple(
      fc.integer({ min: 0, max: 40 }),
      fc.constantFrom('add', 'get', 'remove'),
      fc.integer({ min: 1, max: 16 }),
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 300 }), operations => {
        const cache = new VerifiedTokens<number>();
        const lengths = new Map<number, number>();
        for (const [id, what, share] of operations) {
          const length = Math.floor((MAX_VERIFIED_LENGTH / 32) * share);
          if (what === 'add') lengths.set(id, length);
          if (what === 'add') cache.add(`${id}`, id, length);
          else if (what === 'remove') cache.remove(`${id}`);
          else expect([id, undefined]).toContain(cache.get(`${id}`));
          const held = [...lengths].filter(([key]) => cache.has(`${key}`)).reduce((sum, [, each]) => sum + each, 0);
          expect(held).toBeLessThanOrEqual(MAX_VERIFIED_LENGTH);
        }
      }),
    );
  });
});

it('a digest says nothing of its token, and is the same for the same one', () => {
  const token = 'a'.repeat(450);
  expect(digestFromToken(token)).toBe(digestFromToken('a'.repeat(450)));
  expect(digestFromToken(token)).toHaveLength(32);
  expect(digestFromToken(`${token}b`)).not.toBe(digestFromToken(token));
});
