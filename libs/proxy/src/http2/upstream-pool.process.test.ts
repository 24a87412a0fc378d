// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { constants, createServer } from 'node:http2';
import type { Http2Server, Http2Session, IncomingHttpHeaders, ServerHttp2Stream, ServerOptions } from 'node:http2';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import type { ResponseHead } from '@weir/base';
import { createRecordingHandler, createTestExchange, TestBody, waitFor } from '@weir/testing';
import type { RecordingHandler, TestExchangeInit } from '@weir/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { PoolContext } from '../engine/endpoint-pool.ts';
import { defaultLimits } from '../engine/settings.ts';
import { WriteBatch } from '../http1/socket-writer.ts';
import { Http2UpstreamPool } from './upstream-pool.ts';

// Against Node's own HTTP/2 server.

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const ABORT_ROUNDS = 20;
const ABORTS_AT_ONCE = 99;

type Answer = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

async function serve(answer: Answer, options: ServerOptions = {}): Promise<{ server: Http2Server; pool: Http2UpstreamPool }> {
  const server = createServer(options);
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on('error', () => undefined);
    answer(stream, headers);
  });
  return { server, pool: await poolTo(server) };
}

async function poolTo(server: Http2Server | Server): Promise<Http2UpstreamPool> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const pool = new Http2UpstreamPool({ address: '127.0.0.1', port, connectTimeoutMs: 1000, slot: -1 }, CONTEXT);
  closing.push(() => {
    pool.close();
    server.close();
  });
  return pool;
}

const CONTEXT: PoolContext = {
  limits: defaultLimits,
  batch: new WriteBatch(),
  coarseNowMs: 0,
  loads: { begin: () => undefined, end: () => undefined, inFlight: () => 0 },
  telemetry: { upstreamConnectionOpened: () => undefined, upstreamConnectionClosed: () => undefined },
};

interface Call extends RecordingHandler {
  readonly heads: ResponseHead[];
  readonly trailers: Record<string, string>[];
  text(): string;
}

function send(pool: Http2UpstreamPool, init: TestExchangeInit = {}): Call {
  const recording = createRecordingHandler();
  const heads: ResponseHead[] = [];
  const trailers: Record<string, string>[] = [];
  const { onHead, onEnd } = recording;
  const handler: Call = Object.assign(recording, {
    heads,
    trailers,
    onHead: (head: ResponseHead) => {
      heads.push(head);
      onHead(head);
    },
    onEnd: (list: Parameters<typeof onEnd>[0]) => {
      if (list !== undefined) trailers.push(Object.fromEntries(list.entries()));
      onEnd(list);
    },
    text: () => recording.events.flatMap(event => (event.startsWith('data ') ? event.slice('data '.length) : [])).join(''),
  });
  pool.dispatch(createTestExchange(init), handler);
  return handler;
}

function ended(call: Call): Promise<boolean> {
  const isEnd = (event: string): boolean => event === 'end' || event.startsWith('fault');
  return waitFor(() => call.events.some(isEnd), { what: () => `the end of a call: ${call.events.join(', ').slice(0, 200)}` });
}

describe('calls over HTTP/2', () => {
  it('carry head, body and trailers both ways', async () => {
    const { pool } = await serve((stream, headers) => {
      stream.respond({ ':status': 201, 'x-path': String(headers[':path']) }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '42' }));
      stream.pipe(stream);
    });
    const body = new TestBody(undefined);
    const call = send(pool, { request: { method: 'POST', path: '/a', query: 'b=c' }, body });
    body.data('hello');
    body.end();
    await ended(call);
    expect(call.heads[0]).toMatchObject({ status: 201, contentLength: undefined });
    expect(call.heads[0]?.headers.get('x-path')).toBe('/a?b=c');
    expect(call.text()).toBe('hello');
    expect(call.trailers).toEqual([{ 'x-sum': '42' }]);
  });

  it('share a connection, and open another where the server takes no more', async () => {
    const waiting: ServerHttp2Stream[] = [];
    const { server, pool } = await serve(stream => waiting.push(stream), { settings: { maxConcurrentStreams: 2 } });
    let sessionCount = 0;
    server.on('session', () => (sessionCount += 1));
    const first = send(pool);
    await waitFor(() => waiting.length === 1, { what: 'the first call' });
    const calls = [first, send(pool), send(pool), send(pool)];
    await waitFor(() => waiting.length === 4, { what: 'all calls at once' });
    for (const stream of waiting) stream.respond({}, { endStream: true });
    await Promise.all(calls.map(ended));
    expect(sessionCount).toBe(2);
  });

  it('hold an answer back that is not taken, and lose nothing of it', async () => {
    const text = 'x'.repeat(2_000_000);
    let writtenBytes = 0;
    const { pool } = await serve(stream => {
      stream.respond({});
      const note = (): void => void (writtenBytes += 100_000);
      for (let at = 0; at < text.length; at += 100_000) stream.write(text.slice(at, at + 100_000), note);
      stream.end();
    });
    const handler = createRecordingHandler();
    handler.isTaking = false;
    const call = pool.dispatch(createTestExchange(), handler);
    await waitFor(() => handler.events.length > 1, { what: 'the first data' });
    expect(writtenBytes).toBeLessThan(1_000_000);
    const drained = waitFor(
      () => {
        call.resume();
        return handler.events.at(-1) === 'end';
      },
      { what: 'the end' },
    );
    await drained;
    const bytes = handler.events.reduce((sum, event) => sum + (event.startsWith('data ') ? event.length - 'data '.length : 0), 0);
    expect(bytes).toBe(text.length);
  });

  it('send a body that is larger than the windows', async () => {
    let receivedBytes = 0;
    const { pool } = await serve(stream => {
      stream.on('data', (chunk: Buffer) => (receivedBytes += chunk.length));
      stream.on('end', () => stream.respond({}, { endStream: true }));
    });
    const body = new TestBody(1_000_000);
    const call = send(pool, { request: { method: 'POST' }, body });
    for (let i = 0; i < 10; i++) body.data('y'.repeat(100_000));
    body.end();
    await ended(call);
    expect(receivedBytes).toBe(1_000_000);
  });

  it('go once more where the server has not looked at them', async () => {
    let count = 0;
    const { pool } = await serve(stream => {
      count += 1;
      if (count === 2) stream.close(constants.NGHTTP2_REFUSED_STREAM);
      else stream.respond({ 'x-count': String(count) }, { endStream: true });
    });
    await ended(send(pool));
    const call = send(pool, { request: { method: 'POST' } });
    await ended(call);
    expect(call.heads[0]?.headers.get('x-count')).toBe('3');
  });

  it('end with a fault where the server resets them, and are not sent again', async () => {
    let count = 0;
    const { pool } = await serve(stream => {
      count += 1;
      if (count === 1) stream.respond({}, { endStream: true });
      else stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    });
    await ended(send(pool));
    const call = send(pool, { request: { method: 'POST' } });
    await ended(call);
    expect(call.events).toEqual(['fault upstream_reset']);
    expect(count).toBe(2);
  });

  it('use another connection when the server goes away, and finish on the old one', async () => {
    const streams: ServerHttp2Stream[] = [];
    const { server, pool } = await serve(stream => streams.push(stream));
    let sessionCount = 0;
    server.on('session', () => (sessionCount += 1));
    const first = send(pool);
    await waitFor(() => streams.length === 1, { what: 'the first call' });
    streams[0]?.session?.goaway();
    const second = send(pool);
    await waitFor(() => streams.length === 2, { what: 'the second call' });
    for (const stream of streams) stream.respond({}, { endStream: true });
    await Promise.all([ended(first), ended(second)]);
    expect([first.events, second.events]).toEqual([
      ['head 200', 'end'],
      ['head 200', 'end'],
    ]);
    expect(sessionCount).toBe(2);
  });

  it('end with a fault where nobody listens, and where another protocol is spoken', async () => {
    const http1 = createTcpServer(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const call = send(await poolTo(http1));
    await ended(call);
    expect(call.events).toEqual(['fault upstream_protocol_error']);
    const pool = new Http2UpstreamPool({ address: '127.0.0.1', port: 1, connectTimeoutMs: 1000, slot: -1 }, CONTEXT);
    const refused = send(pool);
    await ended(refused);
    expect(refused.events).toEqual(['fault upstream_connect_failed']);
  });

  it('live on while others are cancelled by the thousand, which servers end connections for', async () => {
    const resetCounts = new Map<Http2Session | undefined, number>();
    let lastingStream: ServerHttp2Stream | undefined;
    const seen = { arrivedCount: 0, resetCount: 0 };
    const { pool } = await serve((stream, headers) => {
      const { session } = stream;
      if (headers[':path'] === '/lasting') {
        lastingStream = stream;
        return;
      }
      seen.arrivedCount += 1;
      stream.on('close', () => {
        seen.resetCount += 1;
        resetCounts.set(session, (resetCounts.get(session) ?? 0) + 1);
      });
    });
    const lasting = send(pool, { request: { path: '/lasting' } });
    await waitFor(() => lastingStream !== undefined, { what: 'the lasting call' });
    for (let round = 1; round <= ABORT_ROUNDS; round++) {
      const calls = Array.from({ length: ABORTS_AT_ONCE }, () => pool.dispatch(createTestExchange(), createRecordingHandler()));
      await waitFor(() => seen.arrivedCount === round * ABORTS_AT_ONCE, { what: 'the calls at the server' });
      for (const call of calls) call.cancel();
      await waitFor(() => seen.resetCount === round * ABORTS_AT_ONCE, { what: 'their resets' });
    }
    expect(lasting.events).toEqual([]);
    lastingStream?.respond({}, { endStream: true });
    await ended(lasting);
    expect(lasting.events).toEqual(['head 200', 'end']);
    expect(Math.max(...resetCounts.values())).toBeLessThan(200);
  });

  it('reset their stream when they are cancelled', async () => {
    let code: number | undefined;
    const { pool } = await serve(stream => stream.on('close', () => (code = stream.rstCode)));
    const call = pool.dispatch(createTestExchange(), createRecordingHandler());
    const other = send(pool);
    await waitFor(() => pool.connection().hasServedBefore, { what: 'both calls on their way' });
    call.cancel();
    await waitFor(() => code !== undefined, { what: 'the server to hear of it' });
    expect(code).toBe(constants.NGHTTP2_CANCEL);
    expect(other.events).toEqual([]);
  });
});
