// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBasic, removeBasic } from './read-basic.ts';

function read(...fields: readonly string[]): ReturnType<typeof readBasic> {
  return readBasic(HeaderList.of(...fields.map(field => ['authorization', field] as const)));
}
const encoded = (text: string): string => Buffer.from(text).toString('base64');

describe('readBasic', () => {
  it('reads the example of RFC 7617', () => {
    expect(read('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==')).toEqual({ username: 'Aladdin', password: 'open sesame' });
    expect(read('basic  dGVzdDoxMjPCow==')).toEqual({ username: 'test', password: '123£' });
  });

  it.each([[[]], [['Bearer abc']], [['Basics YTpi']]])('finds nothing of its own in %j', fields => {
    expect(read(...fields)).toBeUndefined();
  });

  it.each([
    [`Basic ${encoded('a:b:c')}`, { username: 'a', password: 'b:c' }],
    [`Basic ${encoded(':')}`, { username: '', password: '' }],
    [`Basic ${encoded('e\u0301:e\u0301')}`, { username: 'é', password: 'é' }],
  ])('splits %s at the first colon, in the normal form', (field, credential) => {
    expect(read(field)).toEqual(credential);
  });

  it.each([
    ['Basic', 'it has no colon'],
    ['Basic YQ==', 'it has no colon'],
    ['Basic YTpi YTpi', 'it is no base64'],
    ['Basic a-_=', 'it is no base64'],
    [`Basic ${encoded('a:b\0')}`, 'it is no UTF-8, or has a control character'],
    ['Basic YTr/', 'it is no UTF-8, or has a control character'],
    [`Basic ${'YTpi'.repeat(1025)}`, 'it is longer than 4096 characters'],
  ])('refuses %s', (field, reason) => {
    expect(read(field)).toBe(reason);
  });

  it('refuses several, of which the backend might believe another one', () => {
    expect(read(`Basic ${encoded('a:b')}`, `Basic ${encoded('c:d')}`)).toBe('the request has several of them');
  });

  it('never throws, and gives back what was put in', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), text => void read(`Basic ${text}`)));
    const part = fc.string({ unit: 'grapheme' }).filter(text => !/[\p{Cc}:]/u.test(text));
    fc.assert(
      fc.property(part, part, (username, password) => {
        const text = `${username}:${password}`;
        fc.pre(encoded(text).length <= 4096);
        expect(read(`Basic ${encoded(text)}`)).toEqual({
          username: username.normalize('NFC'),
          password: password.normalize('NFC'),
        });
      }),
    );
  });
});

describe('removeBasic', () => {
  it('leaves the credentials of other schemes', () => {
    const headers = HeaderList.of(['authorization', 'Bearer a'], ['authorization', 'BASIC YTpi'], ['accept', '*/*']);
    removeBasic(headers);
    expect([...headers.entries()]).toEqual([
      ['accept', '*/*'],
      ['authorization', 'Bearer a'],
    ]);
  });
});
