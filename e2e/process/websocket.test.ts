// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { connect } from 'node:http2';
import type { ClientHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { connectRaw, waitFor } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { RawData } from 'ws';
import { forward, route, service } from './stage/documents.ts';
import { openStage, TRANSPORTS, transportOf } from './stage/open-stage.ts';
import type { Protocol, Stage } from './stage/open-stage.ts';

let server: WebSocketServer;
let stage: Stage;

beforeAll(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: protocols => [...protocols][0] ?? false });
  await once(server, 'listening');
  server.on('connection', socket => {
    socket.on('error', () => undefined);
    socket.on('message', (data: RawData, isBinary) => {
      const text = textOf(data);
      if (text === 'close me') socket.close(4321, 'as you wish');
      else socket.send(data, { binary: isBinary });
    });
  });
  stage = await openStage({
    backends: { main: 'echo' },
    documents: [
      ...service('chat', [(server.address() as AddressInfo).port]),
      route('all', [forward('/chat', 'chat', { timeouts: { request: '300ms' } }), forward('/', 'main')]),
    ],
    flags: ['--drain-deadline', '1s'],
  });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  server.close();
});

function textOf(data: RawData): string {
  return Array.isArray(data) ? Buffer.concat(data).toString() : Buffer.from(data as Buffer).toString();
}

function urlOf(protocol: Protocol, path: string): string {
  const transport = transportOf(protocol);
  return `${transport === 'http' ? 'ws' : 'wss'}://localhost:${stage.ports[transport]}${path}`;
}

async function open(protocol: Protocol, path = '/chat', protocols: string[] = []): Promise<WebSocket> {
  const socket = new WebSocket(urlOf(protocol, path), protocols, { rejectUnauthorized: false });
  await once(socket, 'open');
  return socket;
}

async function reply(socket: WebSocket): Promise<string> {
  const [data] = (await once(socket, 'message')) as [RawData];
  return textOf(data);
}

describe.each(TRANSPORTS)('a WebSocket over %s', transport => {
  it('carries messages of all sizes both ways, and the subprotocol that was agreed', async () => {
    const socket = await open(transport, '/chat', ['v2']);
    expect(socket.protocol).toBe('v2');
    for (const text of ['', 'hello', 'x'.repeat(70_000), 'y'.repeat(3_000_000)]) {
      socket.send(text);
      expect((await reply(socket)) === text).toBe(true);
    }
    socket.close();
  });

  it('outlives the timeout of its route, and passes pings', async () => {
    const socket = await open(transport);
    const startedMs = performance.now();
    await waitFor(() => performance.now() - startedMs > 600, { what: 'twice the timeout' });
    socket.ping();
    await once(socket, 'pong');
    socket.close();
  });

  it('passes the codes of a close, whoever begins', async () => {
    const socket = await open(transport);
    socket.send('close me');
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([4321, 'as you wish']);

    const heard = new Promise<number>(resolve => {
      server.once('connection', peer => peer.on('close', resolve));
    });
    const other = await open(transport);
    other.close(4000, 'bye');
    expect(await heard).toBe(4000);
  });

  it('that a backend does not know is an ordinary answer, after which the connection ends', async () => {
    await using client = await connectRaw(stage.at(transport));
    const upgrade =
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
    const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n';
    await client.send(`GET /plain HTTP/1.1\r\nHost: localhost\r\n${upgrade}\r\n${smuggled}`);
    const response = await client.readResponse();
    expect(response.status).toBe(200);
    expect(response.header('connection')).toBe('close');
    expect((await client.readUntilClose()).bytes.length).toBe(0);
    expect(stage.upstream('main').requests.map(({ target }) => target)).not.toContain('/smuggled');
  });
});

describe('a WebSocket over HTTP/2', () => {
  async function tunnel(path: string): Promise<{ stream: ClientHttp2Stream; status: number; end: () => void }> {
    const session = connect(`http://127.0.0.1:${stage.ports.http}`);
    await once(session, 'remoteSettings');
    const stream = session.request({
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':scheme': 'http',
      ':path': path,
      ':authority': 'localhost',
      'sec-websocket-version': '13',
    });
    const [headers] = (await once(stream, 'response')) as [{ ':status': number }];
    return { stream, status: headers[':status'], end: () => session.destroy() };
  }

  it('is opened by extended CONNECT, and is one of HTTP/1.1 behind', async () => {
    const { stream, status, end } = await tunnel('/chat');
    expect(status).toBe(200);
    // A masked text frame "hi".
    stream.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]));
    const [answer] = (await once(stream, 'data')) as [Buffer];
    expect(answer).toEqual(Buffer.from([0x81, 0x02, 0x68, 0x69]));
    end();
  });

  it('is no tunnel where the backend did not switch', async () => {
    const { status, end } = await tunnel('/plain');
    expect(status).toBe(502);
    end();
  });
});

describe('the end of the gateway', () => {
  it('tells both sides of each WebSocket 1001', async () => {
    const heard = new Promise<number>(resolve => {
      server.once('connection', peer => peer.on('close', resolve));
    });
    const socket = await open('http');
    const closed = once(socket, 'close') as Promise<[number]>;
    await stage.weir.child.stop();
    expect((await closed)[0]).toBe(1001);
    expect(await heard).toBe(1001);
  });
});
