// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { constants, createServer } from 'node:http2';
import type { Http2Server, ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { answering, waitFor } from '@weir/testing';
import type { RawResponse, RequestOptions, Responder, TestDocument } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forward, route, service } from './stage/documents.ts';
import { openStage } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';
import { trafficPolicy } from './stage/traffic-documents.ts';

const PROTOCOLS = ['http', 'h2c'] as const;
const RETRY = { attempts: 2, statusCodes: [503], backoff: '1ms' };
const HALF = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nhalf ';
const HALF_CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhalf \r\n';
const HALF_HEAD = 'HTTP/1.1 200 OK\r\nContent-Ty';
const HALF_CALL = 'HTTP/1.1 200 OK\r\nContent-Type: application/grpc\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhalf \r\n';

let stage: Stage;
let http2: Http2Server;

/** Says this much, and then closes the connection or resets it. */
function ending(text: string, how: 'end' | 'reset'): Responder {
  return async (_request, connection) => {
    if (text !== '') await connection.send(text);
    connection[how]();
    return undefined;
  };
}

/** Never answers, answers by half, or resets the stream, as its path says. */
function faultyHttp2(): Http2Server {
  const server = createServer();
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => undefined);
    const path = headers[':path'] ?? '';
    if (path.includes('silent')) return;
    if (path.includes('half')) {
      stream.respond({ ':status': 200 });
      // `close` would end the answer in order, before its reset.
      stream.write('half ', () => stream.session?.destroy(undefined, constants.NGHTTP2_INTERNAL_ERROR));
    } else stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  });
  return server;
}

function http2Service(name: string, port: number): readonly TestDocument[] {
  const [object, ...slices] = service(name, [port]);
  const ports = [{ name: 'http', port: 80, appProtocol: 'kubernetes.io/h2c' }];
  return object === undefined ? [] : [{ ...object, spec: { ports } }, ...slices];
}

beforeAll(async () => {
  http2 = faultyHttp2();
  http2.listen(0, '127.0.0.1');
  await once(http2, 'listening');
  const backends = {
    silent: answering(() => undefined),
    'half-head': answering(() => HALF_HEAD),
    half: answering(ending(HALF, 'end')),
    'half-chunked': answering(ending(HALF_CHUNKED, 'end')),
    'half-reset': answering(ending(HALF, 'reset')),
    'half-call': answering(ending(HALF_CALL, 'reset')),
    'cut-head': answering(ending(HALF_HEAD, 'end')),
    reset: answering(ending('', 'reset')),
    closes: answering(ending('', 'end')),
  };
  const names = Object.keys(backends);
  stage = await openStage({
    backends,
    flags: ['--workers', '1'],
    documents: [
      ...http2Service('http2', (http2.address() as AddressInfo).port),
      route('all', [...names.map(name => forward(`/${name}`, name)), forward('/http2', 'http2')]),
      trafficPolicy('all', 'all', { timeouts: { request: '400ms' } }),
      route('again', [...names.map(name => forward(`/again/${name}`, name)), forward('/again/http2', 'http2')]),
      trafficPolicy('again', 'again', { timeouts: { request: '10s', attempt: '150ms' }, retry: RETRY }),
    ],
  });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  http2.close();
});

/** What of its end the access log tells. */
async function logged(target: string): Promise<readonly unknown[]> {
  const line = () => stage.weir.accessLog.find(({ path }) => path === target);
  await waitFor(() => line() !== undefined, { what: `the line of ${target}` });
  return [line()?.['fault'], line()?.['attempts']];
}

describe.each(PROTOCOLS)('over %s, a backend that', protocol => {
  const ask = (target: string, options?: RequestOptions): Promise<RawResponse> => stage.send(protocol, target, options);
  const outcome = async (target: string, options?: RequestOptions): Promise<readonly unknown[]> => {
    const { status } = await ask(`${target}/${protocol}`, options);
    return [status, ...(await logged(`${target}/${protocol}`))];
  };
  const cut = async (target: string): Promise<readonly unknown[]> => {
    await expect(ask(`${target}/${protocol}`)).rejects.toThrow();
    return logged(`${target}/${protocol}`);
  };

  it.each([
    ['/silent', 'request_deadline', 1],
    ['/half-head', 'request_deadline', 1],
    ['/http2/silent', 'request_deadline', 1],
    ['/again/silent', 'upstream_timeout', 3],
    ['/again/half-head', 'upstream_timeout', 3],
    ['/again/http2/silent', 'upstream_timeout', 3],
  ])('accepts and never answers leads to 504: %s', async (target, fault, attempts) => {
    expect(await outcome(target)).toEqual([504, fault, attempts]);
  });

  it.each(['/half', '/half-chunked', '/half-reset', '/http2/half', '/again/half', '/again/http2/half'])(
    'answers by half cuts the answer, and is not asked again: %s',
    async target => {
      expect(await cut(target)).toEqual(['upstream_reset', 1]);
    },
  );

  it.each([
    ['/reset', 1],
    ['/closes', 1],
    ['/cut-head', 1],
    ['/http2/reset', 1],
    ['/again/reset', 3],
    ['/again/closes', 3],
    ['/again/cut-head', 3],
    ['/again/http2/reset', 3],
  ])('resets, or ends before its answer, leads to 502: %s', async (target, attempts) => {
    expect(await outcome(target)).toEqual([502, 'upstream_reset', attempts]);
  });

  it('resets gets a POST once', async () => {
    expect(await outcome('/again/reset/post', { method: 'POST', body: 'x' })).toEqual([502, 'upstream_reset', 1]);
  });
});

it('a gRPC call that its backend breaks off ends with UNAVAILABLE', async () => {
  const headers = { 'content-type': 'application/grpc', te: 'trailers' };
  const answer = await stage.send('h2c', '/half-call', { method: 'POST', headers });
  expect([answer.status, answer.text, answer.trailer('grpc-status')]).toEqual([200, 'half ', '14']);
});
