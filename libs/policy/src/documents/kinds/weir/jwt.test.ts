// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { jwt } from './jwt.ts';

type Fields = Readonly<Record<string, unknown>>;

const KEYS = { uri: 'https://issuer.example/jwks.json' };

function faultsOf(fields: Fields): readonly string[] {
  const { error } = jwt.safeParse({ issuer: 'https://issuer.example', jwks: KEYS, ...fields });
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message.split('\n')[0]!}`);
}

describe('a method for tokens', () => {
  it.each([
    ['no keys', { jwks: {} }, 'jwks says no keys'],
    ['keys from two places', { jwks: { ...KEYS, inline: '{}' } }, 'jwks has uri and inline'],
    [
      'a refresh of keys that are not fetched',
      { jwks: { inline: '{}', refresh: '1m' } },
      'jwks.refresh is written, and it is for keys that are fetched',
    ],
    [
      'a refresh that is hasty',
      { jwks: { ...KEYS, refresh: '1s' } },
      'jwks.refresh is 1s, and keys are fetched once in 10s to 24h',
    ],
    [
      'a refresh that never comes',
      { jwks: { ...KEYS, refresh: '25h' } },
      'jwks.refresh is 25h, and keys are fetched once in 10s to 24h',
    ],
    ['a leeway of hours', { leeway: '1h' }, 'leeway is 1h, and expired tokens would be taken as long'],
    ['no place for the token', { from: [{}] }, 'from.0 names no place'],
    ['two places in one', { from: [{ header: 'x', query: 'x' }] }, 'from.0 names several places'],
    [
      'a scheme in a cookie',
      { from: [{ cookie: 'x', scheme: 'Bearer' }] },
      'from.0.scheme is written, and only header fields have a word before the token',
    ],
    [
      'a header for two claims',
      {
        claimsToHeaders: [
          { path: ['a'], header: 'X-A' },
          { path: ['b'], header: 'x-a' },
        ],
      },
      'claimsToHeaders.1.header repeats the header `x-a` of item 0',
    ],
  ])('refuses %s', (_, fields, fault) => {
    expect(faultsOf(fields)).toEqual([fault]);
  });

  it('refuses an algorithm that is none', () => {
    expect(faultsOf({ algorithms: ['none'] })).toHaveLength(1);
  });
});
