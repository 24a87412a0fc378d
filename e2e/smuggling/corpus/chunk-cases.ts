// SPDX-License-Identifier: Apache-2.0
import { cutOff, head, refused, type RequestCase, served, servedThenRefused, SMUGGLED } from './request-case.ts';

const HEAD = head('POST /chunks HTTP/1.1', 'Transfer-Encoding: chunked');

const SMUGGLED_SIZE = SMUGGLED.length.toString(16);

function chunked(body: string): string {
  return HEAD + body;
}

/** A first chunk with this size line, then an end and a request that must stay unseen. */
function sizeLine(line: string): string {
  return chunked(`${line}hello\r\n0\r\n\r\n${SMUGGLED}`);
}

/** Chunk sizes, extensions, ends and trailers (RFC 9112 §7.1). */
export const CHUNK_CASES: readonly RequestCase[] = [
  refused('a space before a chunk size', sizeLine(' 5\r\n')),
  refused('a space behind a chunk size', sizeLine('5 \r\n')),
  refused('a chunk size with 0x', sizeLine('0x5\r\n')),
  refused('a chunk size with a plus sign', sizeLine('+5\r\n')),
  refused('a negative chunk size', sizeLine('-5\r\n')),
  refused('a chunk size that is no number', sizeLine('g\r\n')),
  refused('an empty chunk size', sizeLine('\r\n')),
  refused('a chunk size of 17 digits that wraps around 64 bits', sizeLine('10000000000000005\r\n')),
  refused('a chunk size of 300 zeros', sizeLine(`${'0'.repeat(300)}5\r\n`)),
  refused('a chunk size line that ends with LF alone', sizeLine('5\n')),
  refused('a chunk size line that ends with CR alone', sizeLine('5\r')),
  refused('a chunk size line that ends with CR CR LF', sizeLine('5\r\r\n')),
  refused('an extension that ends with LF alone', sizeLine('5;a=b\n')),
  refused('an extension with a bare LF that hides a chunk', sizeLine('5;\nxx\r\n')),
  refused('an extension with a bare CR', sizeLine('5;a\rb\r\n')),
  refused('an extension with a NUL', sizeLine('5;a\0b\r\n')),
  refused('an extension of 300 bytes', sizeLine(`5;${'a'.repeat(300)}\r\n`)),
  refused('an extension whose quoted value runs over the line', chunked(`5;a="\r\n${SMUGGLED}"\r\nhello\r\n0\r\n\r\n`)),
  refused('a chunk longer than its size', chunked(`5\r\nhello!\r\n0\r\n\r\n${SMUGGLED}`)),
  refused('a chunk shorter than its size', chunked(`9\r\nhello\r\n0\r\n\r\n${SMUGGLED}`)),
  refused('a chunk that ends with LF alone', chunked(`5\r\nhello\n0\r\n\r\n${SMUGGLED}`)),
  refused('a chunk that ends without any line end', chunked(`5\r\nhello0\r\n\r\n${SMUGGLED}`)),
  refused('two line ends behind a chunk', chunked(`5\r\nhello\r\n\r\n0\r\n\r\n${SMUGGLED}`)),
  refused('a last chunk that ends with LF alone', chunked(`5\r\nhello\r\n0\n\r\n${SMUGGLED}`)),
  refused('a body that ends with LF alone', chunked(`5\r\nhello\r\n0\r\n\n${SMUGGLED}`)),
  refused('a length in the trailers', chunked(`5\r\nhello\r\n0\r\nContent-Length: 44\r\n\r\n${SMUGGLED}`)),
  refused('a coding in the trailers', chunked(`5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n${SMUGGLED}`)),
  refused('a Host in the trailers', chunked(`5\r\nhello\r\n0\r\nHost: evil.test\r\n\r\n${SMUGGLED}`)),
  refused('a folded trailer', chunked(`5\r\nhello\r\n0\r\nX-Sum: 1\r\n 2\r\n\r\n${SMUGGLED}`)),
  refused('a trailer that ends with LF alone', chunked(`5\r\nhello\r\n0\r\nX-Sum: 1\n\r\n\r\n${SMUGGLED}`)),
  refused('a request in the place of trailers', chunked(`5\r\nhello\r\n0\r\n${SMUGGLED}`)),
  refused('a trailer with a space before its colon', chunked(`5\r\nhello\r\n0\r\nX-Sum : 1\r\n\r\n${SMUGGLED}`)),
  cutOff('chunks without an end', chunked('5\r\nhello\r\n')),
  cutOff('a chunk that breaks off', chunked('5\r\nhel')),
  cutOff('trailers without an end', chunked('5\r\nhello\r\n0\r\nX-Sum: 1\r\n')),
  served('an extension', chunked('5;a=b\r\nhello\r\n0\r\n\r\n'), ['POST /chunks hello']),
  served('an extension in quotes', chunked('5;a="b;c"\r\nhello\r\n0;x\r\n\r\n'), ['POST /chunks hello']),
  served('leading zeros and capitals in a size', chunked('0000A\r\nhello world'.slice(0, 17) + '\r\n000\r\n\r\n'), [
    'POST /chunks hello worl',
  ]),
  served('a request that stands in a chunk stays a body', chunked(`${SMUGGLED_SIZE}\r\n${SMUGGLED}\r\n0\r\n\r\n`), [
    `POST /chunks ${SMUGGLED}`,
  ]),
  served('a second request behind the trailers', chunked('5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n') + head('GET /second HTTP/1.1'), [
    'POST /chunks hello',
    'GET /second',
  ]),
  servedThenRefused(
    'bytes behind the last chunk are not the next request',
    chunked(`5\r\nhello\r\n0\r\n\r\n5\r\nhello\r\n0\r\n\r\n`),
    'POST /chunks hello',
  ),
];
