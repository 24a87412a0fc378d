// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import { createTestExchange } from '@weir/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashKeyOfClient, hashKeyReader, NO_KEY } from './hash-key.ts';
import { hashText } from './text-hash.ts';

interface Sample {
  readonly headers?: readonly (readonly [string, string])[];
  readonly query?: string;
}

function keyOf(by: 'address' | 'cookie' | 'header' | 'query', { headers = [], query }: Sample): number | undefined {
  const name = by === 'address' ? '' : 'sid';
  const request = { headers: HeaderList.of(...headers), query };
  return hashKeyReader({ kind: 'consistentHash', by, name })?.(createTestExchange({ request }));
}

describe('the key that consistent hashing goes by', () => {
  it.each<[string, 'address' | 'cookie' | 'header' | 'query', Sample, string | undefined]>([
    ['the address of the client', 'address', {}, '192.0.2.1'],
    ['a header', 'header', { headers: [['sid', 'a b']] }, 'a b'],
    [
      'the first of several',
      'header',
      {
        headers: [
          ['sid', 'a'],
          ['sid', 'b'],
        ],
      },
      'a',
    ],
    ['no header', 'header', { headers: [['cookie', 'sid=a']] }, undefined],
    ['an empty header', 'header', { headers: [['sid', '']] }, undefined],
    ['a cookie among others', 'cookie', { headers: [['cookie', 'xsid=z; sid=a=b; sid=c']] }, 'a=b'],
    [
      'a cookie in a field of its own',
      'cookie',
      {
        headers: [
          ['cookie', 'x=1'],
          ['cookie', 'sid=a'],
        ],
      },
      'a',
    ],
    ['a cookie that only begins with the name', 'cookie', { headers: [['cookie', 'sid2=a; sid']] }, undefined],
    ['an empty cookie', 'cookie', { headers: [['cookie', 'sid=; x=1']] }, undefined],
    ['a parameter', 'query', { query: 'x=1&sid=a%20b&sid=c' }, 'a%20b'],
    ['an empty parameter', 'query', { query: 'sid=' }, undefined],
    ['no query', 'query', {}, undefined],
  ])('is of %s', (_name, by, sample, text) => {
    expect(keyOf(by, sample)).toBe(text === undefined ? NO_KEY : hashText(text));
  });

  it('is, of a parameter, what taking the query apart gives', () => {
    const part = fc.stringMatching(/^[a-z=%0-9]{0,6}$/);
    const query = fc
      .array(
        fc.oneof(
          part,
          part.map(text => `sid=${text}`),
        ),
        { maxLength: 5 },
      )
      .map(parts => parts.join('&'));
    fc.assert(
      fc.property(query, text => {
        const values = text.split('&').flatMap(pair => (pair.startsWith('sid=') ? pair.slice(4) : []));
        const value = values.find(one => one !== '');
        expect(keyOf('query', { query: text })).toBe(value === undefined ? NO_KEY : hashText(value));
      }),
    );
  });

  it('is not read where balancing does not go by it', () => {
    expect(hashKeyReader('leastRequest')).toBeUndefined();
  });

  it('is, of a whole connection, its address or nothing', () => {
    expect(hashKeyOfClient({ kind: 'consistentHash', by: 'address', name: '' }, '10.0.0.1')).toBe(hashText('10.0.0.1'));
    expect(hashKeyOfClient({ kind: 'consistentHash', by: 'header', name: 'sid' }, '10.0.0.1')).toBe(NO_KEY);
    expect(hashKeyOfClient('random', '10.0.0.1')).toBe(NO_KEY);
  });
});

describe('the hash of a text', () => {
  it('is a small integer that is never negative, and the same for a part as for its copy', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (before, text, after) => {
        const hash = hashText(before + text + after, before.length, before.length + text.length);
        expect(hash).toBe(hashText(text));
        expect(hash).toBeGreaterThanOrEqual(0);
        expect(hash).toBeLessThan(2 ** 31);
      }),
    );
  });
});
