// SPDX-License-Identifier: Apache-2.0
import { head, refused, type RequestCase, served, servedThenRefused, SMUGGLED } from './request-case.ts';

const POST = 'POST /framing HTTP/1.1';
const CHUNKS = '5\r\nhello\r\n0\r\n\r\n';

function withLength(value: string): string {
  return head(POST, `Content-Length: ${value}`) + 'hello';
}

function withCoding(...lines: readonly string[]): string {
  return head(POST, ...lines) + CHUNKS + SMUGGLED;
}

/** Content-Length and Transfer-Encoding in every way in which two parsers have read them differently. */
export const FRAMING_CASES: readonly RequestCase[] = [
  refused(
    'CL.TE: a length that covers more than the chunks',
    head(POST, 'Content-Length: 6', 'Transfer-Encoding: chunked') + '0\r\n\r\nG',
  ),
  refused(
    'TE.CL: chunks that cover more than the length',
    head(POST, 'Transfer-Encoding: chunked', 'Content-Length: 4') + `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`,
  ),
  refused('a length and a coding that agree', head(POST, 'Content-Length: 15', 'Transfer-Encoding: chunked') + CHUNKS),
  refused('a length of zero beside a coding', head(POST, 'Content-Length: 0', 'Transfer-Encoding: chunked') + CHUNKS),
  refused('an empty length beside a coding', head(POST, 'Content-Length:', 'Transfer-Encoding: chunked') + CHUNKS),

  refused('TE.TE: chunked and then another coding', withCoding('Transfer-Encoding: chunked', 'Transfer-Encoding: x')),
  refused(
    'TE.TE: another coding and then chunked in a second field',
    withCoding('Transfer-Encoding: x', 'Transfer-Encoding: chunked'),
  ),
  refused('chunked twice in two fields', withCoding('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked')),
  refused('chunked twice in one field', withCoding('Transfer-Encoding: chunked, chunked')),
  refused('a coding that only ends in chunked', withCoding('Transfer-Encoding: xchunked')),
  refused('a coding that only begins with chunked', withCoding('Transfer-Encoding: chunkedx')),
  refused('two words', withCoding('Transfer-Encoding: x chunked')),
  refused('the identity coding', withCoding('Transfer-Encoding: identity')),
  refused('chunked before identity', withCoding('Transfer-Encoding: chunked, identity')),
  refused('an empty coding', withCoding('Transfer-Encoding:')),
  refused('a comma before chunked', withCoding('Transfer-Encoding: , chunked')),
  refused('a comma behind chunked', withCoding('Transfer-Encoding: chunked,')),
  refused('a parameter of chunked', withCoding('Transfer-Encoding: chunked;q=1')),
  refused('chunked in quotes', withCoding('Transfer-Encoding: "chunked"')),
  refused('a vertical tab before chunked', withCoding('Transfer-Encoding: \x0bchunked')),
  refused('a form feed behind chunked', withCoding('Transfer-Encoding: chunked\x0c')),
  refused('a NUL behind chunked', withCoding('Transfer-Encoding: chunked\0')),
  refused('a space before the colon of Transfer-Encoding', withCoding('Transfer-Encoding : chunked')),
  refused('a tab before the colon of Transfer-Encoding', withCoding('Transfer-Encoding\t: chunked')),
  refused('a folded Transfer-Encoding', withCoding('Transfer-Encoding:\r\n chunked')),
  refused('a Transfer-Encoding that continues another field', withCoding('X-First: a', ' Transfer-Encoding: chunked')),
  refused('a Transfer-Encoding behind a bare LF', withCoding('X-First: a\nTransfer-Encoding: chunked')),
  refused('a Transfer-Encoding behind a bare CR', withCoding('X-First: a\rTransfer-Encoding: chunked')),
  refused('a NUL in the name', withCoding('Transfer-Encoding\0: chunked')),
  refused('a byte beyond ASCII in the name', withCoding('Transfer-Encoding\xff: chunked')),
  refused('a coding that is well formed and not served', withCoding('Transfer-Encoding: gzip, chunked'), 501),
  refused('a coding in HTTP/1.0', `POST /framing HTTP/1.0\r\nHost: shop.test\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS}`),
  refused(
    'a coding in HTTP/1.0 with keep-alive',
    `POST /framing HTTP/1.0\r\nHost: shop.test\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS}`,
  ),
  served('chunked in capitals', head(POST, 'Transfer-Encoding: Chunked') + CHUNKS, ['POST /framing hello']),
  served('a tab before chunked', head(POST, 'Transfer-Encoding:\tchunked') + CHUNKS, ['POST /framing hello']),
  served('a tab behind chunked', head(POST, 'Transfer-Encoding: chunked\t') + CHUNKS, ['POST /framing hello']),
  served(
    'a length beside a name that only looks like the coding',
    head(POST, 'Content-Length: 5', 'X-Transfer-Encoding: chunked') + 'hello',
    ['POST /framing hello'],
  ),

  refused('CL.CL: two lengths', head(POST, 'Content-Length: 0', 'Content-Length: 44') + SMUGGLED),
  refused('two equal lengths', head(POST, 'Content-Length: 5', 'Content-Length: 5') + 'hello'),
  refused('two lengths whose names differ in case', head(POST, 'Content-Length: 5', 'content-length: 0') + 'hello'),
  refused('a list of equal lengths', withLength('5, 5')),
  refused('a list of different lengths', withLength('5, 0')),
  refused('a length with a plus sign', withLength('+5')),
  refused('a negative length', withLength('-5')),
  refused('a hexadecimal length', withLength('0x5')),
  refused('a length with an exponent', withLength('5e0')),
  refused('a length with a fraction', withLength('5.0')),
  refused('a length with a space inside', withLength('5 5')),
  refused('a length with an underscore', withLength('0_5')),
  refused('an empty length', withLength('')),
  refused('a length in quotes', withLength('"5"')),
  refused('a length of 20 digits', withLength('18446744073709551621')),
  refused('a length behind a vertical tab', withLength('\x0b5')),
  refused('a space before the colon of Content-Length', head(POST, 'Content-Length : 5') + 'hello'),
  refused('a folded Content-Length', head(POST, 'Content-Length:\r\n\t5') + 'hello'),
  { ...served('a length with leading zeros', withLength('0005'), ['POST /framing hello']), fields: { 'content-length': '5' } },
  served(
    'CL.0: a GET with a body keeps its body',
    head('GET /framing HTTP/1.1', `Content-Length: ${SMUGGLED.length}`) + SMUGGLED,
    [`GET /framing ${SMUGGLED}`],
  ),
  {
    ...served('a POST without any length has no body', head(POST) + head('GET /second HTTP/1.1'), [
      'POST /framing',
      'GET /second',
    ]),
    fields: {
      'content-length': '0',
    },
  },
  servedThenRefused(
    'a body longer than its length is not the next request',
    head(POST, 'Content-Length: 5') + `hello!!\r\n\r\n${SMUGGLED}`,
    'POST /framing hello',
  ),
  servedThenRefused(
    'a body behind a POST without length is not the next request',
    `${head(POST)}x=1&y=2\r\n\r\n${SMUGGLED}`,
    'POST /framing',
  ),
];
