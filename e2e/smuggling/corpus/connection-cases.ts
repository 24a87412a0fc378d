// SPDX-License-Identifier: Apache-2.0
import { cutOff, head, refused, type RequestCase, served, servedThenClosed, SMUGGLED } from './request-case.ts';

const POST = 'POST /connection HTTP/1.1';
const GET = 'GET /connection HTTP/1.1';
const OLD_GET = 'GET /connection HTTP/1.0\r\nHost: shop.test\r\n';

/** What belongs to one hop: Connection, Upgrade, Expect, versions, and where one request ends and the next begins. */
export const CONNECTION_CASES: readonly RequestCase[] = [
  {
    ...served(
      'Connection cannot take Content-Length away',
      head(POST, 'Connection: content-length', 'Content-Length: 5') + 'hello',
      ['POST /connection hello'],
    ),
    fields: { 'content-length': '5' },
  },
  served(
    'Connection cannot take Transfer-Encoding away',
    head(POST, 'Connection: transfer-encoding', 'Transfer-Encoding: chunked') + '5\r\nhello\r\n0\r\n\r\n',
    ['POST /connection hello'],
  ),
  {
    ...served('Connection cannot take Host away', head(GET, 'Connection: host'), ['GET /connection']),
    fields: { host: 'shop.test' },
  },
  {
    ...served(
      'Connection cannot take what the gateway writes away',
      head(GET, 'Connection: x-forwarded-for, x-request-id, forwarded'),
      ['GET /connection'],
    ),
    fields: { 'x-forwarded-for': '127.0.0.1' },
  },
  {
    ...served('fields that Connection names end here', head(GET, 'Connection: x-secret', 'X-Secret: a'), ['GET /connection']),
    fields: {
      'x-secret': undefined,
      connection: undefined,
    },
  },
  {
    ...served(
      'fields of one hop end here',
      head(GET, 'Keep-Alive: timeout=5', 'Proxy-Connection: close', 'Proxy-Authorization: Basic YTpi', 'TE: gzip'),
      ['GET /connection'],
    ),
    fields: {
      'keep-alive': undefined,
      'proxy-connection': undefined,
      'proxy-authorization': undefined,
      te: undefined,
    },
  },
  {
    ...served(
      'an upgrade to h2c is not taken and not passed on',
      head(GET, 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA'),
      ['GET /connection'],
    ),
    fields: {
      upgrade: undefined,
      'http2-settings': undefined,
      connection: undefined,
    },
  },
  {
    ...served('an upgrade without Connection is not passed on', head(GET, 'Upgrade: h2c', 'HTTP2-Settings: AAMA'), [
      'GET /connection',
    ]),
    fields: { upgrade: undefined, 'http2-settings': undefined },
  },
  {
    ...served(
      'forwarding fields of a client that nobody trusts are replaced',
      head(GET, 'X-Forwarded-For: 1.2.3.4', 'Forwarded: for=1.2.3.4', 'X-Request-Id: forged'),
      ['GET /connection'],
    ),
    fields: { 'x-forwarded-for': '127.0.0.1' },
  },
  {
    ...refused(
      'the frames of h2c behind a request that asked for it',
      `${head(GET, 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMA')}PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`,
    ),
    answers: [200, 505],
    seen: ['GET /connection'],
  },
  {
    ...refused(
      'a request behind an upgrade to WebSocket that the backend does not make',
      head(GET, 'Connection: upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==') + SMUGGLED,
    ),
    answers: [200],
    seen: ['GET /connection'],
  },
  refused('an expectation that nobody knows', head(POST, 'Expect: a-miracle', 'Content-Length: 5') + 'hello', 417),
  refused('several expectations', head(POST, 'Expect: 100-continue', 'Expect: x', 'Content-Length: 5') + 'hello', 417),
  {
    ...served('Expect with its body right behind it', head(POST, 'Expect: 100-continue', 'Content-Length: 5') + 'hello', [
      'POST /connection hello',
    ]),
    fields: { expect: undefined },
  },
  served('Expect without any body', head(GET, 'Expect: 100-continue') + head('GET /second HTTP/1.1'), [
    'GET /connection',
    'GET /second',
  ]),
  served('two requests in one packet are answered in order', head(GET) + head('GET /second HTTP/1.1'), [
    'GET /connection',
    'GET /second',
  ]),
  served(
    'three requests with bodies in one packet',
    head(POST, 'Content-Length: 5') +
      'hello' +
      head(POST, 'Transfer-Encoding: chunked') +
      '2\r\nhi\r\n0\r\n\r\n' +
      head('GET /second HTTP/1.1'),
    ['POST /connection hello', 'POST /connection hi', 'GET /second'],
  ),
  servedThenClosed('nothing behind Connection: close is a request', head(GET, 'Connection: close') + SMUGGLED, 'GET /connection'),
  servedThenClosed('close wins over keep-alive', head(GET, 'Connection: keep-alive, close') + SMUGGLED, 'GET /connection'),
  servedThenClosed('nothing behind an HTTP/1.0 request is a request', `${OLD_GET}\r\n${SMUGGLED}`, 'GET /connection'),
  servedThenClosed(
    'HTTP/1.0 with keep-alive and close',
    `${OLD_GET}Connection: keep-alive, close\r\n\r\n${SMUGGLED}`,
    'GET /connection',
  ),
  served('HTTP/1.0 with keep-alive goes on', `${OLD_GET}Connection: keep-alive\r\n\r\n${head('GET /second HTTP/1.1')}`, [
    'GET /connection',
    'GET /second',
  ]),
  served('Proxy-Connection: close closes nothing', head(GET, 'Proxy-Connection: close') + head('GET /second HTTP/1.1'), [
    'GET /connection',
    'GET /second',
  ]),
  served('a method override stays a field', head(POST, 'X-HTTP-Method-Override: DELETE', 'Content-Length: 0'), [
    'POST /connection',
  ]),
  cutOff('a head that breaks off', 'GET /connection HTTP/1.1\r\nHost: shop.test\r\n'),
  cutOff('a body that breaks off', head(POST, 'Content-Length: 50') + 'hello'),
];
