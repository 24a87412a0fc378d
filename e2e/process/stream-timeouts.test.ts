// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Metadata, status } from '@grpc/grpc-js';
import type { Server, ServerDuplexStream, ServerUnaryCall } from '@grpc/grpc-js';
import { answering, reply, waitFor } from '@weir/testing';
import type { TestDocument, UpstreamScript } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { backend, forward, route, service } from './stage/documents.ts';
import type { Fields } from './stage/documents.ts';
import { bytes, connectGrpc, grpcMethod, grpcRoute, serveGrpc, statusOf } from './stage/grpc-peers.ts';
import { openStage } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';
import { trafficPolicy } from './stage/traffic-documents.ts';

const PROTOCOLS = ['http', 'h2c'] as const;
const EVENTS = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';
const PLAIN = EVENTS.replace('text/event-stream', 'text/plain');
const EVERY_MS = 50;
const CHUNK = '6\r\ndata: \r\n';

let stage: Stage;
let chat: WebSocketServer;
let calls: Server;
/** What the gRPC server was told of how long there is, by method. */
const deadlines = new Map<string, number>();

/** Begins an answer and sends a piece of it at times, as long as anybody listens. */
function ticking(head: string): UpstreamScript {
  return answering(async (_request, { socket }) => {
    socket.write(head);
    const timer = setInterval(() => socket.write(CHUNK), EVERY_MS);
    await once(socket, 'close');
    clearInterval(timer);
    return undefined;
  });
}

/** Begins an answer, and then says nothing. */
function stuck(head: string): UpstreamScript {
  return answering(() => head + CHUNK);
}

function noteDeadline(name: string, call: { getDeadline: () => Date | number }): void {
  deadlines.set(name, Number(call.getDeadline()) - Date.now());
}

async function startCalls(): Promise<number> {
  const unary = grpcMethod('/test.Streams/Wait');
  const both = grpcMethod('/test.Streams/Both', { request: true, response: true });
  const { server, port } = await serveGrpc(
    { wait: unary, both },
    {
      wait: (call: ServerUnaryCall<Buffer, Buffer>) => noteDeadline('wait', call),
      both: (call: ServerDuplexStream<Buffer, Buffer>) => {
        noteDeadline('both', call);
        call.on('error', () => undefined);
        call.sendMetadata(new Metadata());
        call.on('data', (message: Buffer) => call.write(message));
        call.on('end', () => call.end());
      },
    },
  );
  calls = server;
  return port;
}

async function startChat(): Promise<number> {
  chat = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(chat, 'listening');
  chat.on('connection', socket => {
    socket.on('error', () => undefined);
    socket.on('message', data => socket.send(data));
  });
  return (chat.address() as AddressInfo).port;
}

/** A GRPCRoute shares no host with others. */
function webRoute(name: string, rules: readonly Fields[]): TestDocument {
  return route(name, rules, { hostnames: ['localhost'] });
}

beforeAll(async () => {
  const [chatPort, callPort] = [await startChat(), await startCalls()];
  stage = await openStage({
    backends: {
      silent: answering(() => undefined),
      half: stuck(PLAIN),
      ticks: ticking(PLAIN),
      events: ticking(EVENTS),
      main: answering(() => reply({ body: 'done' })),
    },
    flags: ['--workers', '1'],
    documents: [
      ...service('chat', [chatPort]),
      ...service('calls', [callPort]),
      webRoute('idle', [
        forward('/idle/silent', 'silent'),
        forward('/idle/half', 'half'),
        forward('/idle/ticks', 'ticks', { timeouts: { request: '1s' } }),
        forward('/idle/chat', 'chat'),
      ]),
      trafficPolicy('idle', 'idle', { timeouts: { idle: '300ms' } }),
      webRoute('long', [
        forward('/long/events', 'events'),
        forward('/long/plain', 'ticks'),
        forward('/long/chat', 'chat'),
        forward('/long/none', 'main'),
      ]),
      trafficPolicy('long', 'long', { timeouts: { request: '200ms', stream: '600ms' } }),
      webRoute('endless', [forward('/endless', 'events')]),
      trafficPolicy('endless', 'endless', { timeouts: { request: '200ms', attempt: '100ms', stream: '0s' } }),
      webRoute('as-before', [forward('/as-before', 'events')]),
      trafficPolicy('as-before', 'as-before', { timeouts: { request: '200ms' } }),
      grpcRoute('calls', [
        { name: 'both', matches: [{ method: { service: 'test.Streams', method: 'Both' } }], backendRefs: [backend('calls')] },
        { backendRefs: [backend('calls')] },
      ]),
      trafficPolicy(
        'calls',
        { target: 'calls', kind: 'GRPCRoute' },
        { timeouts: { idle: '400ms', request: '200ms', stream: '900ms' } },
      ),
    ],
  });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  calls.forceShutdown();
  chat.close();
});

/** How an exchange ended, by the access log. */
async function endOf(target: string): Promise<Readonly<Record<string, unknown>>> {
  const line = () => stage.weir.accessLog.find(({ path }) => path === target);
  await waitFor(() => line() !== undefined, { what: `the line of ${target}` });
  return line() ?? {};
}

async function elapsedMs(act: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await act();
  return performance.now() - startMs;
}

describe.each(PROTOCOLS)('timeouts.idle over %s', protocol => {
  it('answers 504 where nothing comes of an answer', async () => {
    const answer = await stage.send(protocol, `/idle/silent/${protocol}`);
    expect([answer.status, (await endOf(`/idle/silent/${protocol}`))['fault']]).toEqual([504, 'upstream_timeout']);
  });

  it('cuts an answer that has stopped coming', async () => {
    await expect(stage.send(protocol, `/idle/half/${protocol}`)).rejects.toThrow();
    expect(await endOf(`/idle/half/${protocol}`)).toMatchObject({ status: 200, fault: 'idle_timeout' });
  });

  it('lets an answer go on that comes bit by bit', async () => {
    await expect(stage.send(protocol, `/idle/ticks/${protocol}`)).rejects.toThrow();
    expect(await endOf(`/idle/ticks/${protocol}`)).toMatchObject({ fault: 'request_deadline' });
  });
});

describe('timeouts.idle', () => {
  it('answers 408 to a client that stops within its body', async () => {
    await using client = await stage.connect('http');
    await client.send('POST /idle/silent/408 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc');
    expect((await client.readResponse()).status).toBe(408);
  });

  it('ends a silent WebSocket with 1001, and not one that says something', async () => {
    const socket = new WebSocket(`ws://localhost:${stage.ports.http}/idle/chat`);
    await once(socket, 'open');
    let said = 0;
    socket.on('message', () => (said += 1));
    const timer = setInterval(() => socket.send('x'), 100);
    await waitFor(() => said >= 6, { what: 'twice the timeout' });
    clearInterval(timer);
    expect((await once(socket, 'close'))[0]).toBe(1001);
    expect(await endOf('/idle/chat')).toMatchObject({ status: 101, fault: 'idle_timeout' });
  });
});

describe.each(PROTOCOLS)('timeouts.stream over %s', protocol => {
  it('ends server-sent events, which the timeout of the request does not', async () => {
    const tookMs = await elapsedMs(() => expect(stage.send(protocol, `/long/events/${protocol}`)).rejects.toThrow());
    expect(tookMs).toBeGreaterThanOrEqual(590);
    expect(await endOf(`/long/events/${protocol}`)).toMatchObject({ status: 200, fault: 'stream_deadline' });
  });

  it('is not of other answers: the timeout of the request ends them', async () => {
    await expect(stage.send(protocol, `/long/plain/${protocol}`)).rejects.toThrow();
    expect(await endOf(`/long/plain/${protocol}`)).toMatchObject({ status: 200, fault: 'request_deadline' });
    expect((await stage.send(protocol, '/long/none')).text).toBe('done');
  });

  it('leaves server-sent events to the timeout of the request where it is not written', async () => {
    await expect(stage.send(protocol, `/as-before/${protocol}`)).rejects.toThrow();
    expect(await endOf(`/as-before/${protocol}`)).toMatchObject({ fault: 'request_deadline' });
  });
});

describe('timeouts.stream', () => {
  it('of 0s lets them last', async () => {
    await using client = await stage.connect('http');
    await client.send('GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const startMs = performance.now();
    await waitFor(async () => (await client.reader.readSome()) !== undefined && performance.now() - startMs > 800, {
      what: 'events for four times the timeout of the request',
    });
  });

  it('ends a WebSocket with 1001', async () => {
    const socket = new WebSocket(`ws://localhost:${stage.ports.http}/long/chat`);
    await once(socket, 'open');
    const timer = setInterval(() => socket.send('x'), EVERY_MS);
    expect((await once(socket, 'close'))[0]).toBe(1001);
    clearInterval(timer);
    expect(await endOf('/long/chat')).toMatchObject({ status: 101, fault: 'stream_deadline' });
  });

  it('ends a gRPC stream with DEADLINE_EXCEEDED and tells its service so, whatever the timeout of the request', async () => {
    const client = connectGrpc(stage.ports.http);
    const call = client.makeBidiStreamRequest('/test.Streams/Both', bytes, bytes);
    const timer = setInterval(() => call.write(Buffer.from('x')), EVERY_MS);
    call.on('data', () => undefined);
    const tookMs = await elapsedMs(async () => expect((await statusOf(call)).code).toBe(status.DEADLINE_EXCEEDED));
    clearInterval(timer);
    client.close();
    expect(tookMs).toBeGreaterThanOrEqual(850);
    expect(deadlines.get('both')).toBeGreaterThan(600);
    expect(deadlines.get('both')).toBeLessThanOrEqual(900);
  });

  it('leaves the head of a gRPC answer to the timeout of the request, and silence to that of idleness', async () => {
    const client = connectGrpc(stage.ports.http);
    const unary = client.makeUnaryRequest('/test.Streams/Wait', bytes, bytes, Buffer.alloc(0), () => undefined);
    expect((await statusOf(unary)).code).toBe(status.DEADLINE_EXCEEDED);
    const silent = client.makeBidiStreamRequest('/test.Streams/Both', bytes, bytes);
    silent.on('data', () => undefined);
    silent.write(Buffer.from('x'));
    expect((await statusOf(silent)).code).toBe(status.UNAVAILABLE);
    client.close();
  });
});
