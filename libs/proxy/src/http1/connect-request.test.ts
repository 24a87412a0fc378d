// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../engine/settings.ts';
import { readConnect } from './connect-request.ts';

const { limits } = defaultSettings;

function read(text: string): ReturnType<typeof readConnect> {
  return readConnect(Buffer.from(text, 'latin1'), limits);
}

describe('readConnect', () => {
  it.each([
    ['CONNECT db.shop:5432 HTTP/1.1\r\nHost: db.shop:5432\r\n\r\n', { host: 'db.shop', port: 5432 }],
    ['CONNECT DB.Shop:5432 HTTP/1.1\r\nHost: a\r\nProxy-Connection: keep-alive\r\n\r\n', { host: 'db.shop', port: 5432 }],
    ['CONNECT 192.0.2.1:443 HTTP/1.0\r\n\r\n', { host: '192.0.2.1', port: 443 }],
    ['CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: a\r\n\r\n', { host: '2001:db8::1', port: 443 }],
  ])('reads %j', (text, target) => {
    expect(read(text)).toEqual(target);
    for (let length = 1; length < text.length; length++) expect(read(text.slice(0, length))).toBe('more');
  });

  it.each(['GET / HTTP/1.1\r\n', 'C\r\n', 'CONNECTED ', 'PRI * HTTP/2.0\r\n', '\x16\x03\x01'])('leaves %j to others', text => {
    expect(read(text)).toBe('other');
  });

  it.each([
    'CONNECT db.shop HTTP/1.1\r\nHost: a\r\n\r\n',
    'CONNECT db.shop:0 HTTP/1.1\r\nHost: a\r\n\r\n',
    'CONNECT db.shop:65536 HTTP/1.1\r\nHost: a\r\n\r\n',
    'CONNECT http://db.shop:80/ HTTP/1.1\r\nHost: a\r\n\r\n',
    'CONNECT user@db.shop:80 HTTP/1.1\r\nHost: a\r\n\r\n',
    'CONNECT  db.shop:80 HTTP/1.1\r\nHost: a\r\n\r\n',
    'CONNECT db.shop:80 HTTP/2.0\r\nHost: a\r\n\r\n',
    'CONNECT db.shop:80 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
    'CONNECT db.shop:80 HTTP/1.1\r\nContent-Length: 1\r\n\r\n',
    'CONNECT db.shop:80 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n',
    'CONNECT db.shop:80 HTTP/1.1\r\nHost : a\r\n\r\n',
    'CONNECT db.shop:80 HTTP/1.1\nHost: a\r\n\r\n',
    'CONNECT db.shop:80 HTTP/1.1\r\nHost: a\r\n\r\nmore',
  ])('refuses %j', text => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'bad_request' }));
  });

  it('refuses a head without end', () => {
    expect(() => read(`CONNECT db.shop:80 HTTP/1.1\r\nX: ${'a'.repeat(limits.maxHeadBytes)}`)).toThrow(
      expect.objectContaining({ code: 'headers_too_large' }),
    );
  });
});
