// SPDX-License-Identifier: Apache-2.0
import type { KnownDifference, Parting } from './known-difference.ts';

const KINDS = ['only-weir'] as const;

/** What Weir takes and llhttp refuses. Each needs a reason why no backend can be misled by it. */
export const LLHTTP_IS_STRICTER: readonly KnownDifference[] = [
  {
    name: 'any-method',
    because: 'RFC 9110 §9.1: a method is any token; llhttp knows a list. Weir writes the request line anew',
    example: ['request', 'get / HTTP/1.1\r\nHost: a\r\n\r\n'],
    kinds: KINDS,
    explains: parting =>
      /HPE_INVALID_METHOD|HTTP\/2 Connection Preface/.test(parting.llhttp.reason) && !isCommonMethod(weirMethod(parting)),
  },
  {
    name: 'tabs-around-values',
    because:
      'RFC 9110 §5.6.3: optional white space is SP or HTAB; llhttp forgets HTAB behind chunked and lengths. Weir writes framing anew',
    example: ['request', 'GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n'],
    kinds: KINDS,
    explains: parting =>
      /TRANSFER_ENCODING|CONTENT_LENGTH/.test(parting.llhttp.reason) &&
      /(?:transfer-encoding|content-length):[ \t]*(?:chunked|[0-9]+)[ \t]*\t[ \t]*\r/i.test(parting.rest),
  },
  {
    name: 'chunk-extensions',
    because: 'RFC 9112 §7.1.1 lets a recipient ignore them; Weir drops them unread, without control characters, and chunks anew',
    example: ['request', 'GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0 ;a\r\n\r\n'],
    kinds: KINDS,
    explains: parting =>
      /chunk extension|chunk size/.test(parting.llhttp.reason) &&
      /\r\n[0-9a-f]{1,12}[ \t]*;[\t\x20-\x7e\x80-\xff]*\r\n/i.test(parting.rest),
  },
];

const COMMON = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']);

function isCommonMethod(method: string): boolean {
  return COMMON.has(method);
}

function weirMethod({ weirMessage }: Parting): string {
  return weirMessage?.line.split(' ')[0] ?? '';
}
