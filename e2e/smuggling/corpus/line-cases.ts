// SPDX-License-Identifier: Apache-2.0
import { head, refused, type RequestCase, served, servedThenRefused, SMUGGLED } from './request-case.ts';

const GET = 'GET /lines HTTP/1.1';

function withLine(line: string): string {
  return head(GET, line) + SMUGGLED;
}

/** Line ends, white space, and the characters of names, values and the request line (RFC 9112 §2.2, §3, §5). */
export const LINE_CASES: readonly RequestCase[] = [
  refused('all lines ended with LF alone', `${GET}\nHost: shop.test\n\n${SMUGGLED}`),
  refused('a request line that ends with LF alone', `${GET}\nHost: shop.test\r\n\r\n${SMUGGLED}`),
  refused('a head that ends with two LF', `${GET}\r\nHost: shop.test\n\n${SMUGGLED}`),
  refused('a request line that ends with CR alone', `${GET}\rHost: shop.test\r\n\r\n${SMUGGLED}`),
  refused('a field that ends with CR CR LF', withLine('X-First: a\r')),
  refused('a field folded with a space', withLine('X-First: a\r\n b')),
  refused('a field folded with a tab', withLine('X-First: a\r\n\tb')),
  refused('a folded Host', `${GET}\r\nHost:\r\n shop.test\r\n\r\n${SMUGGLED}`),
  refused('a first field line that begins with a space', `${GET}\r\n X-First: a\r\nHost: shop.test\r\n\r\n${SMUGGLED}`),
  refused('a line of one space before the body', withLine(' ')),
  refused('a space before a colon', withLine('X-First : a')),
  refused('a field without a colon', withLine('X-First')),
  refused('a field without a name', withLine(': a')),
  refused('a name with a space', withLine('X First: a')),
  refused('a name with a parenthesis', withLine('X(First): a')),
  refused('a name with a NUL', withLine('X-First\0: a')),
  refused('a name with DEL', withLine('X-First\x7f: a')),
  refused('a name beyond ASCII', withLine('X-F\xefrst: a')),
  refused('a value with a NUL', withLine('X-First: a\0b')),
  refused('a value with a bare CR', withLine('X-First: a\rX-Second: b')),
  refused('a value with a bare LF', withLine('X-First: a\nX-Second: b')),
  refused('a value with a backspace', withLine('X-First: a\x08b')),
  refused('a value with DEL', withLine('X-First: a\x7fb')),
  refused('two empty lines before the request', `\r\n\r\n${head(GET)}`),
  refused('an LF before the request', `\n${head(GET)}`),
  refused('a space before the request', ` ${head(GET)}`),
  refused('a NUL before the request', `\0${head(GET)}`),
  refused('two spaces behind the method', head('GET  /lines HTTP/1.1')),
  refused('a tab behind the method', head('GET\t/lines HTTP/1.1')),
  refused('two spaces before the version', head('GET /lines  HTTP/1.1')),
  refused('a space behind the version', head('GET /lines HTTP/1.1 ')),
  refused('a target with a space', head('GET /lines /smuggled HTTP/1.1')),
  refused('a second request line in the target', head('GET /lines HTTP/1.1\tGET /smuggled HTTP/1.1')),
  refused('a method that is no token', head('GE(T /lines HTTP/1.1')),
  refused('a method of 40 letters', head(`${'A'.repeat(40)} /lines HTTP/1.1`)),
  refused('HTTP/0.9: no version at all', `GET /lines\r\n\r\n${SMUGGLED}`),
  refused('a version of two digits', head('GET /lines HTTP/1.10')),
  refused('a version in small letters', head('GET /lines http/1.1')),
  refused('version 0.9 in words', head('GET /lines HTTP/0.9'), 505),
  refused('version 1.2', head('GET /lines HTTP/1.2'), 505),
  refused('a preface of HTTP/2 that breaks off', 'PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n', 505),
  refused('a TLS greeting', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'),
  refused('a head of 129 fields', head(GET, ...Array.from({ length: 128 }, (_, index) => `X-${index}: a`)), 431),
  refused('a head of 70 KiB', head(GET, ...Array.from({ length: 10 }, (_, index) => `X-${index}: ${'a'.repeat(7_000)}`)), 431),
  refused('a request line of 20 KiB', head(`GET /${'a'.repeat(20_000)} HTTP/1.1`), 414),
  served('one empty line before the request', `\r\n${head(GET)}`, ['GET /lines']),
  { ...served('white space around a value', head(GET, 'X-First: \t a b \t'), ['GET /lines']), fields: { 'x-first': 'a b' } },
  { ...served('a value beyond ASCII', head(GET, 'X-First: \xe4'), ['GET /lines']), fields: { 'x-first': '\xe4' } },
  served('a method in small letters is a method of its own', head('get /lines HTTP/1.1'), ['get /lines']),
  servedThenRefused('a stray byte between two requests', `${head(GET)}x${SMUGGLED.slice(0, -2)}Y : z\r\n\r\n`, 'GET /lines'),
];
