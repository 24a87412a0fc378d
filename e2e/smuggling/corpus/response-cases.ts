// SPDX-License-Identifier: Apache-2.0
import { bodiless, brokenOff, passed, rejected, type ResponseCase, responseHead, STOLEN } from './response-case.ts';

const OK = 'HTTP/1.1 200 OK';
const HELLO = 'Content-Length: 5';
const CHUNKED = 'Transfer-Encoding: chunked';

function withLine(...lines: readonly string[]): string {
  return `${responseHead(OK, ...lines)}hello`;
}

/** Answers that a broken or hostile backend may give: what is behind one must never answer somebody else's request. */
export const RESPONSE_CASES: readonly ResponseCase[] = [
  passed('a second response behind a length', `${withLine(HELLO)}${STOLEN}`, 'hello'),
  passed('a second response behind the chunks', `${responseHead(OK, CHUNKED)}5\r\nhello\r\n0\r\n\r\n${STOLEN}`, 'hello'),
  passed('a stray line end behind a response', `${withLine(HELLO)}\r\n`, 'hello'),
  bodiless('a body of a 204', 204, `${responseHead('HTTP/1.1 204 No Content')}${STOLEN}`),
  bodiless('a body of a 204 that declares it', 204, `${responseHead('HTTP/1.1 204 No Content', HELLO)}hello${STOLEN}`),
  bodiless('chunks of a 204', 204, `${responseHead('HTTP/1.1 204 No Content', CHUNKED)}5\r\nhello\r\n0\r\n\r\n`),
  bodiless('a body of a 304', 304, `${responseHead('HTTP/1.1 304 Not Modified', HELLO)}hello`),
  bodiless(
    'a response in a 304',
    304,
    `${responseHead('HTTP/1.1 304 Not Modified', `Content-Length: ${STOLEN.length}`)}${STOLEN}`,
  ),
  passed(
    'an interim response before the response',
    `${responseHead('HTTP/1.1 103 Early Hints', 'Link: </a>')}${withLine(HELLO)}`,
    'hello',
  ),
  passed(
    'a declared body of an interim response',
    `${responseHead('HTTP/1.1 103 Early Hints', 'Content-Length: 0')}${withLine(HELLO)}`,
    'hello',
  ),
  { ...passed('a body of a response to HEAD', withLine(HELLO), ''), method: 'HEAD' },
  {
    ...passed('a response in a response to HEAD', `${responseHead(OK, `Content-Length: ${STOLEN.length}`)}${STOLEN}`, ''),
    method: 'HEAD',
  },
  { ...passed('chunks in a response to HEAD', `${responseHead(OK, CHUNKED)}5\r\nhello\r\n0\r\n\r\n`, ''), method: 'HEAD' },
  { ...passed('a second response in a packet of its own', '', 'hello'), parts: [withLine(HELLO), STOLEN] },
  { ...passed('a body without a length that lasts until the end', `${responseHead(OK)}hello`, 'hello'), ends: true },
  { ...passed('a response of HTTP/1.0', `${responseHead('HTTP/1.0 200 OK')}hello`, 'hello'), ends: true },
  {
    ...passed('fields of one hop', withLine(HELLO, 'Connection: x-secret', 'X-Secret: a', 'Keep-Alive: timeout=5'), 'hello'),
    expected: { status: 200, body: 'hello', fields: { 'x-secret': undefined, 'keep-alive': undefined } },
  },

  rejected('a length beside a coding', `${responseHead(OK, HELLO, CHUNKED)}5\r\nhello\r\n0\r\n\r\n`),
  rejected('two different lengths', withLine(HELLO, 'Content-Length: 0')),
  rejected('two equal lengths', withLine(HELLO, HELLO)),
  rejected('a list of lengths', withLine('Content-Length: 5, 5')),
  rejected('a length with a sign', withLine('Content-Length: +5')),
  rejected('a negative length', withLine('Content-Length: -1')),
  rejected('a hexadecimal length', withLine('Content-Length: 0x5')),
  rejected('an empty length', withLine('Content-Length:')),
  rejected('a length of 20 digits', withLine('Content-Length: 18446744073709551621')),
  rejected('a coding that is not served', `${responseHead(OK, 'Transfer-Encoding: gzip, chunked')}5\r\nhello\r\n0\r\n\r\n`),
  rejected('a coding that only ends in chunked', `${responseHead(OK, 'Transfer-Encoding: xchunked')}5\r\nhello\r\n0\r\n\r\n`),
  rejected('chunked twice', `${responseHead(OK, CHUNKED, CHUNKED)}5\r\nhello\r\n0\r\n\r\n`),
  rejected('lines that end with LF alone', `${OK}\nContent-Length: 5\n\nhello\r\n\r\n`),
  rejected('a folded field', withLine(HELLO, 'X-First: a\r\n b')),
  rejected('a space before a colon', withLine('Content-Length : 5')),
  rejected('a value with a bare CR', withLine(HELLO, 'X-First: a\rX-Second: b')),
  rejected('a value with a NUL', withLine(HELLO, 'X-First: a\0b')),
  rejected('a field without a colon', withLine(HELLO, 'X-First')),
  rejected('a name with a space', withLine(HELLO, 'X First: a')),
  rejected('a status of two digits', `HTTP/1.1 20 OK\r\n${HELLO}\r\n\r\nhello`),
  rejected('a status line without a version', `200 OK\r\n${HELLO}\r\n\r\nhello`),
  rejected('a version that was not asked for', `HTTP/2.0 200 OK\r\n${HELLO}\r\n\r\nhello`),
  rejected('an empty line before the status line', `\r\n${withLine(HELLO)}`),
  rejected('no HTTP at all', 'hello\r\n\r\n'),
  rejected(
    'a switch of protocols that nobody asked for',
    responseHead('HTTP/1.1 101 Switching Protocols', 'Connection: upgrade', 'Upgrade: x') + STOLEN,
  ),
  rejected('interim responses without end', responseHead('HTTP/1.1 103 Early Hints').repeat(20) + withLine(HELLO)),
  rejected('a head of 70 KiB', withLine(HELLO, ...Array.from({ length: 10 }, (_, index) => `X-${index}: ${'a'.repeat(7_000)}`))),
  { ...rejected('a head that breaks off', `${OK}\r\n${HELLO}\r\n`), ends: true },
  { ...rejected('no answer at all', ''), parts: [], ends: true },

  brokenOff('a body shorter than its length', responseHead(OK, 'Content-Length: 9') + 'hello', true),
  brokenOff('chunks without an end', `${responseHead(OK, CHUNKED)}5\r\nhello\r\n`, true),
  brokenOff('a chunk size that is no number', `${responseHead(OK, CHUNKED)}5\r\nhello\r\nxyz\r\nhello\r\n0\r\n\r\n`),
  brokenOff('a chunk longer than its size', `${responseHead(OK, CHUNKED)}5\r\nhello!\r\n0\r\n\r\n`),
  brokenOff('a length in the trailers', `${responseHead(OK, CHUNKED)}5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n`),
  brokenOff('a chunk that ends with LF alone', `${responseHead(OK, CHUNKED)}5\r\nhello\n0\r\n\r\n`),
];
