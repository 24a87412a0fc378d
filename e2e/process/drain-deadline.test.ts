// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { connect, constants } from 'node:http2';
import type { ClientHttp2Session } from 'node:http2';
import { text } from 'node:stream/consumers';
import { Metadata, status } from '@grpc/grpc-js';
import type { Client, handleBidiStreamingCall, handleUnaryCall, Server, StatusObject } from '@grpc/grpc-js';
import { answering, requestText, waitFor } from '@weir/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backend, forward, route, service } from './stage/documents.ts';
import { bytes, connectGrpc, grpcMethod, grpcRoute, serveGrpc, statusOf } from './stage/grpc-peers.ts';
import { openStage } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';

// What still runs at the drain deadline is ended, and everybody hears of it in their own words.

const DEADLINE = '400ms';
const HALF = 'half of it;';

/** Answers that never end: some never begin. */
const endless = answering(async (request, connection) => {
  if (request.target === '/half/chunked') {
    await connection.send(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${HALF.length.toString(16)}\r\n${HALF}\r\n`);
  } else if (request.target === '/half/length') {
    await connection.send(`HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n${HALF}`);
  }
  return undefined;
});

let stage: Stage;
let server: Server;
let client: Client;
let session: ClientHttp2Session;
let silentCount: number;

beforeEach(async () => {
  silentCount = 0;
  const echoing: handleBidiStreamingCall<Buffer, Buffer> = call => {
    call.on('error', () => undefined);
    call.on('data', (part: Buffer) => call.write(part));
    call.on('end', () => call.end());
  };
  const silent: handleUnaryCall<Buffer, Buffer> = () => void (silentCount += 1);
  const grpc = await serveGrpc(
    {
      chat: grpcMethod('/shop.Stock/Chat', { request: true, response: true }),
      silent: grpcMethod('/shop.Stock/Silent'),
    },
    { chat: echoing, silent },
  );
  server = grpc.server;
  stage = await openStage({
    backends: { endless },
    documents: [
      ...service('stock', [grpc.port]),
      grpcRoute('stock', [{ backendRefs: [backend('stock')] }]),
      route('all', [forward('/', 'endless')], { hostnames: ['localhost'] }),
    ],
    flags: ['--workers', '2', '--drain-delay', '0', '--drain-deadline', DEADLINE],
  });
  client = connectGrpc(stage.ports.http);
  session = connect(`http://localhost:${stage.ports.http}`);
  session.on('error', () => undefined);
});

afterEach(async () => {
  client.close();
  session.destroy();
  await stage[Symbol.asyncDispose]();
  server.forceShutdown();
});

/** Waits until the backend has this many requests, and lets the gateway end. */
async function endWith(requestCount: number): Promise<void> {
  await waitFor(() => stage.upstream('endless').requests.length === requestCount, { what: 'the requests upstream' });
  expect(await stage.weir.child.stop()).toEqual({ code: 0, signal: null });
}

/** Fault and status of each line of the access log. */
function recorded(): readonly unknown[] {
  return stage.weir.accessLog.map(({ fault, status: sent, grpc_status: call }) => ({ fault, status: sent, call }));
}

describe('at the drain deadline', () => {
  it('a gRPC stream under way ends with UNAVAILABLE in its trailers', async () => {
    const chat = client.makeBidiStreamRequest('/shop.Stock/Chat', bytes, bytes, new Metadata());
    const ended = statusOf(chat);
    chat.write(Buffer.from('hello'));
    expect(String((await once(chat, 'data'))[0])).toBe('hello');
    await endWith(0);
    expect(await ended).toMatchObject({ code: status.UNAVAILABLE, details: 'Service Unavailable (drain_deadline)' });
    expect(recorded()).toEqual([{ fault: 'drain_deadline', status: 200, call: status.UNAVAILABLE }]);
  });

  it('a gRPC call without an answer ends with UNAVAILABLE', async () => {
    const ended = new Promise<StatusObject>(resolve => {
      client.makeUnaryRequest('/shop.Stock/Silent', bytes, bytes, Buffer.from(''), () => undefined).on('status', resolve);
    });
    await waitFor(() => silentCount === 1, { what: 'the call to arrive' });
    await endWith(0);
    expect(await ended).toMatchObject({ code: status.UNAVAILABLE, details: 'Service Unavailable (drain_deadline)' });
    expect(recorded()).toEqual([{ fault: 'drain_deadline', status: 200, call: status.UNAVAILABLE }]);
  });

  it('requests of HTTP/1.1 without an answer get 503', async () => {
    await using waiting = await stage.connect('http');
    await using secured = await stage.connect('https');
    for (const raw of [waiting, secured]) await raw.send(requestText('/silent'));
    await endWith(2);
    for (const raw of [waiting, secured]) {
      const response = await raw.readResponse();
      expect([response.status, response.header('connection')]).toEqual([503, 'close']);
      expect(response.json()).toMatchObject({ code: 'drain_deadline' });
    }
    const line = { fault: 'drain_deadline', status: 503, call: undefined };
    expect(recorded()).toEqual([line, line]);
  });

  it.each(['/half/chunked', '/half/length'])('a half-sent answer of HTTP/1.1 is cut: %s', async target => {
    await using raw = await stage.connect('http');
    await raw.send(requestText(target));
    await raw.readResponseHead();
    await endWith(1);
    const { bytes: rest } = await raw.readUntilClose();
    expect(rest.toString()).toContain(HALF);
    expect(rest.toString()).not.toContain('0\r\n\r\n');
    expect(recorded()).toEqual([{ fault: 'drain_deadline', status: 200, call: undefined }]);
  });

  it('an answer that only its connection ends is cut with a reset, as an orderly end would complete it', async () => {
    await using raw = await stage.connect('http');
    await raw.send('GET /half/chunked HTTP/1.0\r\nHost: localhost\r\n\r\n');
    await raw.readResponseHead();
    await endWith(1);
    expect((await raw.readUntilClose()).ending).toBe('reset');
  });

  it('streams of HTTP/2 get 503 or a reset, and their connection an orderly end', async () => {
    const waiting = session.request({ ':path': '/silent' });
    const half = session.request({ ':path': '/half/chunked' });
    half.on('error', () => undefined);
    await once(half, 'response');
    const answered = once(waiting, 'response') as Promise<[{ ':status': number }]>;
    const body = text(waiting);
    await endWith(2);
    expect((await answered)[0][':status']).toBe(503);
    expect(JSON.parse(await body)).toMatchObject({ code: 'drain_deadline' });
    await waitFor(() => half.closed && session.closed, { what: 'the ends of stream and connection' });
    expect(half.rstCode).not.toBe(constants.NGHTTP2_NO_ERROR);
    expect(recorded()).toEqual(
      expect.arrayContaining([503, 200].map(sent => ({ fault: 'drain_deadline', status: sent, call: undefined }))),
    );
  });

  it('a request whose head is not complete gets 503', async () => {
    await using raw = await stage.connect('http');
    await raw.send('GET /never HTTP/1.1\r\nHost:');
    await endWith(0);
    expect((await raw.readResponse()).json()).toMatchObject({ code: 'drain_deadline' });
  });
});
