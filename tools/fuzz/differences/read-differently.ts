// SPDX-License-Identifier: Apache-2.0
import { fieldValues, type KnownDifference } from './known-difference.ts';

const INTERIM = /^1..$/;

/** What both take, with another view of the message or of where the stream stands. */
export const READ_DIFFERENTLY: readonly KnownDifference[] = [
  {
    name: 'upgrade-ends-http',
    because: 'RFC 9110 §7.8: a server may ignore Upgrade; llhttp stops and leaves the choice to its caller',
    example: [
      'request',
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n',
    ],
    kinds: ['end', 'only-llhttp'],
    explains: parting =>
      parting.llhttp.end === 'upgraded' &&
      parting.index === parting.llhttp.messages.length &&
      parting.text.toLowerCase().includes('upgrade'),
  },
  {
    name: 'empty-lines-between-messages',
    because:
      'llhttp skips any number of CR and LF before a message, Weir one CRLF before a request: the rest waits as part of a head',
    example: ['response', 'HTTP/1.1 204 OK\r\n\r\n\r\n'],
    kinds: ['end'],
    explains: ({ weir, llhttp, text }) => weir.end === 'incomplete' && llhttp.end === 'idle' && /[\r\n]$/.test(text),
  },
  {
    name: 'proxy-connection-is-nothing',
    because: 'RFC 9112 §C.2.2: Proxy-Connection is to be ignored; llhttp takes it for Connection',
    example: ['request', 'GET / HTTP/1.1\r\nHost: a\r\nProxy-Connection: close\r\n\r\n'],
    kinds: ['content'],
    explains: parting => parting.detail.startsWith('persistence') && fieldValues(parting, 'proxy-connection').length > 0,
  },
  {
    name: 'close-wins',
    because: 'RFC 9112 §9.3: close ends the connection whatever stands beside it; llhttp lets keep-alive win in HTTP/1.0',
    example: ['request', 'GET / HTTP/1.0\r\nConnection: close, keep-alive\r\n\r\n'],
    kinds: ['content'],
    explains: parting =>
      parting.detail.startsWith('persistence') &&
      ['close', 'keep-alive'].every(option => fieldValues(parting, 'connection').join(',').toLowerCase().includes(option)),
  },
  {
    name: 'interim-responses-close-nothing',
    because: 'RFC 9110 §15.2: the response itself follows; llhttp lets their Connection field count',
    example: ['response', 'HTTP/1.1 103 Early Hints\r\nConnection: close\r\n\r\n'],
    kinds: ['content'],
    explains: ({ detail, weirMessage }) => detail.startsWith('persistence') && INTERIM.test(weirMessage?.line ?? ''),
  },
  {
    name: 'interim-responses-have-no-body',
    because: 'RFC 9112 §6.3: a 1xx has no body whatever its fields say; llhttp reads one where it does not know the status',
    example: ['response', 'HTTP/1.1 199 Odd\r\nContent-Length: 5\r\n\r\nhello'],
    kinds: ['content', 'end', 'only-llhttp', 'only-weir'],
    explains: ({ index: parted, weir, llhttp }) =>
      // They part at this message or, when its body is taken for the next one, right behind it.
      [parted, parted - 1].some(index => {
        const message = weir.messages[index];
        return (
          message !== undefined && INTERIM.test(message.line) && message.body === '' && hasFraming(llhttp.heads[index] ?? [])
        );
      }),
  },
  {
    name: 'tabs-around-chunked',
    because:
      'RFC 9110 §5.6.3: optional white space is SP or HTAB; llhttp then takes a response to last until the connection ends. Weir frames anew',
    example: ['response', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n'],
    kinds: ['content', 'end', 'only-llhttp'],
    explains: ({ direction, text }) => direction === 'response' && /transfer-encoding:[ \t]*chunked[ \t]*\t[ \t]*\r/i.test(text),
  },
];

function hasFraming(head: readonly string[]): boolean {
  return head.some(field => /^(?:content-length|transfer-encoding): /.test(field));
}
