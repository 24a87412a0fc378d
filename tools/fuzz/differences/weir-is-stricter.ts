// SPDX-License-Identifier: Apache-2.0
import { fieldValues, type KnownDifference, type Parting, startLine } from './known-difference.ts';

const KINDS = ['only-llhttp'] as const;

/** An authority that a person would call sound; those that Weir refuses must not be among them. */
const PLAIN_AUTHORITY = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/;
/** The same for targets. */
const PLAIN_TARGET = /^(?:https?:\/\/[\w\-.:]+)?(?:\/(?!\.)[\w\-.~!$&'()*+,;=:@]*)*(?:\?[\w\-.~!$&'()*+,;=:@/?%]*)?$/;
const EXACT_REQUEST_LINE = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+ [\x21-\x7e]+ HTTP\/1\.[01]$/;
const EXACT_STATUS_LINE = /^HTTP\/1\.[01] [1-9][0-9]{2} [\t\x20-\x7e\x80-\xff]*$/;

/** What llhttp takes and Weir refuses: each is safe by itself, and its condition keeps Weir from refusing what is sound. */
export const WEIR_IS_STRICTER: readonly KnownDifference[] = [
  {
    name: 'host-is-required',
    because: 'RFC 9112 §3.2: a 1.1 request without Host is a 400; llhttp leaves that to its server',
    example: ['request', 'GET / HTTP/1.1\r\n\r\n'],
    kinds: KINDS,
    explains: parting => says(parting, 'no host field') && fieldValues(parting, 'host').length === 0,
  },
  {
    name: 'one-host-only',
    because: 'RFC 9112 §3.2: several Host fields are a 400, since two parties may take different ones',
    example: ['request', 'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n'],
    kinds: KINDS,
    explains: parting => says(parting, 'several host fields') && fieldValues(parting, 'host').length !== 1,
  },
  {
    name: 'host-is-an-authority',
    because: 'RFC 9112 §3.2: an invalid Host is a 400; llhttp takes any value',
    example: ['request', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n'],
    kinds: KINDS,
    explains: parting => says(parting, 'authority ') && !hosts(parting).every(host => PLAIN_AUTHORITY.test(host)),
  },
  {
    name: 'target-has-one-reading',
    because:
      'targets that lead above the root, or hold controls, fragments, backslashes or broken escapes, are read in more than one way',
    example: ['request', 'GET /a/../../b HTTP/1.1\r\nHost: a\r\n\r\n'],
    kinds: KINDS,
    explains: parting => /target|path|query/.test(parting.weir.reason) && !PLAIN_TARGET.test(target(parting)),
  },
  {
    name: 'request-line-is-exact',
    because: 'RFC 9112 §3 allows leniency with spaces, empty lines and versions; Weir uses none but one empty line',
    example: ['request', 'GET /  HTTP/1.1\r\nHost: a\r\n\r\n'],
    kinds: KINDS,
    explains: parting =>
      /request line without|malformed HTTP version|method is not a token|a bare CR before|forbidden character/.test(
        parting.weir.reason,
      ) && !EXACT_REQUEST_LINE.test(startLine(parting)),
  },
  {
    name: 'status-line-is-exact',
    because: 'nothing comes before a status line, and its reason holds no control characters (RFC 9112 §4)',
    example: ['response', '\r\nHTTP/1.1 204 OK\r\n\r\n'],
    kinds: KINDS,
    explains: parting => says(parting, 'malformed status line') && !EXACT_STATUS_LINE.test(startLine(parting)),
  },
  {
    name: 'version-is-1.0-or-1.1',
    because: 'RFC 9110 §15.6.6: another version is a 505; llhttp reads 0.9 and 2.0 too',
    example: ['request', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n'],
    kinds: KINDS,
    explains: parting => says(parting, 'version_not_supported') && !/ HTTP\/1\.[01]$/.test(startLine(parting)),
  },
  {
    name: 'connect-is-not-served',
    because: 'a gateway is no tunnel',
    example: ['request', 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n'],
    kinds: KINDS,
    explains: parting => says(parting, 'CONNECT is not served') && startLine(parting).startsWith('CONNECT '),
  },
  {
    name: 'websocket-ends-http',
    because: 'whatever comes of an upgrade to WebSocket, no other request follows on its connection',
    example: ['request', 'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n'],
    kinds: KINDS,
    explains: parting =>
      says(parting, 'upgrade to websocket') && fieldValues(parting, 'upgrade').some(value => /websocket/i.test(value)),
  },
  {
    name: 'no-upgrade-unasked',
    because: 'a 101 answers an upgrade, and this one answers a plain GET',
    example: ['response', 'HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
    kinds: KINDS,
    explains: parting => says(parting, 'a 101 that nobody asked for') && startLine(parting).includes(' 101'),
  },
  {
    name: 'expectation-is-known',
    because: 'RFC 9110 §10.1.1: 417 for another expectation than 100-continue',
    example: ['request', 'GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n'],
    kinds: KINDS,
    explains: parting =>
      says(parting, 'unknown expectation') && fieldValues(parting, 'expect').join(', ').toLowerCase() !== '100-continue',
  },
  {
    name: 'chunked-is-the-only-coding',
    because: 'RFC 9112 §6.1: a coding that is not understood is a 400 or 501; llhttp passes other codings with chunked last',
    example: ['request', 'GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
    kinds: KINDS,
    explains: parting =>
      /transfer-encoding other than chunked|several transfer-encoding fields/.test(parting.weir.reason) &&
      fieldValues(parting, 'transfer-encoding').join(', ').toLowerCase() !== 'chunked',
  },
  {
    name: 'no-coding-in-1.0',
    because: 'RFC 9112 §6.1: a 1.0 message with Transfer-Encoding has faulty framing',
    example: ['request', 'GET / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    kinds: KINDS,
    explains: parting => says(parting, 'transfer-encoding in an HTTP/1.0') && startLine(parting).includes('HTTP/1.0'),
  },
  {
    name: 'length-is-digits',
    because: 'several lengths, even equal ones, and lengths over 15 digits are refused',
    example: ['response', 'HTTP/1.1 200 OK\r\nContent-Length: 1000000000000000\r\n\r\n'],
    kinds: KINDS,
    explains: parting =>
      says(parting, 'content-length') && !/^[0-9]{1,15}$/.test(fieldValues(parting, 'content-length').join(',')),
  },
  {
    name: 'limits',
    because: 'Weir bounds heads, lines, fields, trailers, chunk extensions and interim responses (docs/limits.md)',
    example: ['request', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(70_000)}\r\n\r\n`],
    kinds: KINDS,
    explains: parting =>
      /too long|larger than|more than|too many/.test(parting.weir.reason) &&
      (parting.rest.length > 250 || says(parting, 'header fields')),
  },
  {
    name: 'trailers-do-not-frame',
    because: 'RFC 9110 §6.5.1: a recipient that merged them would frame or route anew',
    example: ['request', 'GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nHost: b\r\n\r\n'],
    kinds: KINDS,
    explains: parting =>
      says(parting, 'a framing field in the trailer') &&
      /\r\n(?:host|content-length|transfer-encoding|connection|expect|te|upgrade):/i.test(parting.rest),
  },
  {
    name: 'chunk-size-is-bounded',
    because: 'more than 12 digits are no length that anybody sends; a parser further on may wrap around',
    example: ['request', 'GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n00000000000000\r\n\r\n'],
    kinds: KINDS,
    explains: parting => says(parting, 'malformed chunk size') && /\r\n[0-9a-f]{13,}/i.test(parting.rest),
  },
  {
    name: 'no-bare-line-feed',
    because: 'a line feed alone ends a line for some parsers and not for others; llhttp takes it before a message',
    example: ['response', '\nHTTP/1.1 204 OK\r\n'],
    kinds: KINDS,
    explains: parting => says(parting, 'ends without CR') && /(?:^|[^\r])\n/.test(parting.rest),
  },
];

function says({ weir }: Parting, words: string): boolean {
  return weir.reason.includes(words);
}

function hosts(parting: Parting): readonly string[] {
  const authority = /^https?:\/\/([^/?#]*)/i.exec(target(parting))?.[1];
  return authority === undefined ? fieldValues(parting, 'host') : [authority, ...fieldValues(parting, 'host')];
}

function target(parting: Parting): string {
  return startLine(parting).split(' ').slice(1, -1).join(' ');
}
