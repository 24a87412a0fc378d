// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { headersFromClaims } from './claim-headers.ts';
import { TokenRefusal } from './token-refusal.ts';

function headerOf(claim: unknown): unknown {
  return headersFromClaims({ claim }, [{ path: ['claim'], header: 'x-claim' }])[0]?.value;
}

describe('a claim as a header', () => {
  it.each([
    ['text', 'alice', 'alice'],
    ['an empty text', '', ''],
    ['a number', 7.5, '7.5'],
    ['false', false, 'false'],
    ['a text beyond ASCII, as UTF-8', 'Zoë', 'ZoÃ«'],
    ['a list', ['ops', 'a,b'], '["ops","a,b"]'],
    ['an object', { a: { b: 1 } }, '{"a":{"b":1}}'],
    ['a list with what no header carries', ['Zoë\r\nx: y'], '["Zo\\u00eb\\r\\nx: y"]'],
    ['nothing', undefined, undefined],
    ['null', null, undefined],
  ])('%s', (_what, claim, value) => {
    expect(headerOf(claim)).toBe(value);
  });

  it.each(['a\r\nx-admin: true', 'a\nb', 'a\0b', ' admin', 'admin ', '\tadmin', 'a\x7fb', ' '])('%j is refused', claim => {
    expect(() => headerOf(claim)).toThrow(
      new TokenRefusal('claim_mismatch', 'claim claim has characters that header x-claim cannot carry'),
    );
  });

  it('comes from where its path leads, and each of them alone', () => {
    const claims = { sub: 'alice', realm: { roles: ['a'] }, list: [{ name: 'x' }] };
    const claimHeaders = [
      { path: ['sub'], header: 'x-user' },
      { path: ['realm', 'roles'], header: 'x-roles' },
      { path: ['list', '0', 'name'], header: 'x-element' },
      { path: ['sub', 'length'], header: 'x-length' },
      { path: ['toString'], header: 'x-inherited' },
    ];
    expect(headersFromClaims(claims, claimHeaders)).toEqual([
      { name: 'x-user', value: 'alice' },
      { name: 'x-roles', value: '["a"]' },
    ]);
  });
});
