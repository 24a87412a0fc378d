// SPDX-License-Identifier: Apache-2.0
import type { Words } from './words.ts';

const LONG = 70_000;

export const COLONS: Words = {
  usual: [': ', ':'],
  odd: [' :', '\t:', ' : ', ':\t', ':  ', '::', '', ';', '\0:', ':\x0b', '\r:', ': \r\n ', ':\r\n\t'],
};

export const NAMES: Words = {
  usual: ['Accept', 'User-Agent', 'Cookie', 'X-Request-Id', 'Authorization', 'Content-Type', 'Via', 'If-None-Match'],
  odd: [
    '',
    ' X',
    'X Y',
    'X\tY',
    'X\0',
    'X\x7f',
    'Ä',
    'X_Y',
    '(X)',
    'X@Y',
    'X[0]',
    'X"Y',
    'X/Y',
    'X,Y',
    'X=Y',
    "!#$%&'*+-.^_`|~",
    '__proto__',
    'constructor',
    'Content_Length',
    'Content-Length\0',
    'Transfer-Encoding\xff',
    'Keep-Alive',
    'Proxy-Connection',
    'Proxy-Authorization',
    'HTTP2-Settings',
    'A'.repeat(300),
  ],
};

export const VALUES: Words = {
  usual: ['x', 'text/html, */*;q=0.5', 'Bearer abc.def-ghi_jkl', 'a b  c', 'sid=1; theme=dark', '"quoted, \\" text"', ''],
  odd: [
    '\0',
    'a\0b',
    'a\rb',
    'a\nb',
    'a\r\nb',
    'a\r\n b',
    '\x01',
    '\x08',
    '\x0b',
    '\x1f',
    '\x7f',
    '\x80',
    'ä',
    '\xff',
    '\t',
    '  a  ',
    'a\t',
    ':',
    'a'.repeat(5_000),
    'b'.repeat(LONG),
  ],
};

export const HOSTS: Words = {
  usual: ['shop.example', 'shop.example:8080', '127.0.0.1', '[::1]:80'],
  odd: ['', 'a b', 'a,b', 'a@b', 'a/b', 'SHOP.EXAMPLE', 'a:b', ':80', '[::1', 'ä', 'a\tb', 'a#', '?', 'shop.example, evil'],
};

export const CONNECTIONS: Words = {
  usual: ['keep-alive', 'close', 'Keep-Alive'],
  odd: [
    'Close',
    'close, keep-alive',
    'keep-alive, close',
    'upgrade',
    'keep-alive, Upgrade',
    'content-length',
    'transfer-encoding, close',
    'host',
    'x-request-id',
    'te',
    '',
    ',',
    'close,',
    ', close',
    'closed',
    'keep-alive close',
    'clo se',
    'keep-alive\x0b',
    'close;',
    'cookie, keep-alive',
    'TE, close',
  ],
};

export const EXTRA_FIELDS: Words = {
  usual: ['Expect: 100-continue', 'TE: trailers', 'Upgrade: h2c'],
  odd: [
    'Expect: 100-Continue',
    'Expect: x',
    'Expect: 100-continue, x',
    'TE: gzip',
    'TE: trailers, deflate;q=0.5',
    'Upgrade: websocket',
    'Connection: upgrade\r\nUpgrade: websocket',
    'Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings',
    'Upgrade: TLS/1.0, websocket\r\nConnection: keep-alive, upgrade',

    'Upgrade: foo, websocket',
    'Upgrade: websocket/13',
    'Upgrade:',
    'Proxy-Connection: close',
    'Trailer: X',
  ],
};
