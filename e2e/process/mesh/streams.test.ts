// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answering, createTestAuthority, reply } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { backend } from '../stage/documents.ts';
import { converse, repeating, startTlsRepeating } from '../stage/stream-servers.ts';
import { meshRoute, serviceParent } from './stage/mesh-documents.ts';
import { openMeshStage } from './stage/mesh-stage.ts';
import type { MeshStage } from './stage/mesh-stage.ts';

// What is more than a request and its answer, through the sidecars of caller and receiver.

let stage: MeshStage;
const closing = new AsyncDisposableStack();
const events: ServerResponse[] = [];

const TCP = [{ name: 'tcp', port: 5432 }];
const TLS = [{ name: 'tls', port: 443 }];

async function startWebSocketServer(): Promise<number> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  server.on('connection', socket => socket.on('message', (data: Buffer, isBinary) => socket.send(data, { binary: isBinary })));
  closing.defer(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** `/events` is a stream of events, all else says how many bytes came, and what came behind them. */
async function startHttpServer(): Promise<number> {
  const server = createServer((request, response) => {
    if (request.url === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: first\n\n');
      events.push(response);
      return;
    }
    let count = 0;
    request.on('data', (chunk: Buffer) => (count += chunk.length));
    request.on('end', () => {
      response.writeHead(200, { trailer: 'x-sum' });
      response.write(`${count} bytes, ${String(request.trailers['x-sum'])}`);
      response.addTrailers({ 'x-sum': String(count) });
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  const authority = await createTestAuthority();
  const tls = closing.use(await startTlsRepeating('own', await authority.issue('own.shop')));
  stage = closing.use(
    await openMeshStage({
      apps: {
        cart: { calls: ['web', 'chat', 'db:5432', 'split:5432', 'own:443', 'broken:5432'] },
        web: { answers: await startHttpServer() },
        chat: { answers: await startWebSocketServer() },
        db: { answers: repeating('db'), ports: TCP },
        one: { answers: repeating('one'), ports: TCP },
        two: { answers: repeating('two'), ports: TCP },
        split: { answers: repeating('split'), ports: TCP, isBare: true },
        own: { answers: tls.port, ports: TLS },
        other: { answers: answering(() => reply()), ports: TLS, isBare: true },
        broken: { ports: TCP, isBare: true },
      },
      documents: [
        meshRoute('split', {
          kind: 'TCPRoute',
          parents: [serviceParent('split')],
          rules: [{ backendRefs: [backend('one', { port: 5432, weight: 3 }), backend('two', { port: 5432, weight: 1 })] }],
        }),
        meshRoute('own', {
          kind: 'TLSRoute',
          parents: [serviceParent('own')],
          hostnames: ['own.shop'],
          rules: [{ backendRefs: [backend('own', { port: 443 })] }],
        }),
        meshRoute('broken', {
          kind: 'TCPRoute',
          parents: [serviceParent('broken')],
          rules: [{ backendRefs: [backend('nobody', { port: 5432 })] }],
        }),
      ],
    }),
  );
});

afterAll(async () => {
  await closing.disposeAsync();
});

describe('a TCP port', () => {
  it('is carried whole, also where the server speaks first', async () => {
    expect(await converse(stage.at('cart', 'db:5432'), 'select 1')).toBe('db:select 1');
  });

  it('is split by the weights of its TCPRoute', async () => {
    const seen: Record<string, number> = {};
    for (let i = 0; i < 200; i++) {
      const [name = ''] = (await converse(stage.at('cart', 'split:5432'), 'x')).split(':');
      seen[name] = (seen[name] ?? 0) + 1;
    }
    expect(seen).toEqual({ one: 150, two: 50 });
  });

  it('is refused where the route’s backend does not exist', async () => {
    await expect(
      converse(stage.at('cart', 'broken:5432'), 'x').then(text => (text === '' ? Promise.reject(new Error('closed')) : text)),
    ).rejects.toThrow();
  });
});

describe('a port of TLS between the applications', () => {
  it.each([
    ['is carried to where its TLSRoute says by server name', 'own.shop', 'own:x'],
    ['is refused for other server names', 'else.shop', undefined],
  ])('%s', async (_, servername, expected) => {
    const at = { ...stage.at('cart', 'own:443'), tls: { servername, rejectUnauthorized: false } };
    if (expected === undefined) await expect(converse(at, 'x')).rejects.toThrow();
    else expect(await converse(at, 'x')).toBe(expected);
  });
});

describe('through two sidecars', () => {
  it('go messages of WebSockets both ways', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${stage.at('cart', 'chat').port}/`);
    await once(socket, 'open');
    for (const text of ['', 'hello', 'x'.repeat(3_000_000)]) {
      socket.send(text);
      const [data] = (await once(socket, 'message')) as [Buffer];
      expect(data.toString() === text).toBe(true);
    }
    socket.close();
    await once(socket, 'close');
  });

  it('goes each event of a stream at once', async () => {
    const request = get({ port: stage.at('cart', 'web').port, host: '127.0.0.1', path: '/events' });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(String((await once(response, 'data'))[0])).toBe('data: first\n\n');
    events[0]?.write('data: second\n\n');
    expect(String((await once(response, 'data'))[0])).toBe('data: second\n\n');
    events[0]?.end();
    await once(response, 'end');
  });

  it('go bodies of many megabytes', async () => {
    const body = 'x'.repeat(50_000_000);
    expect((await stage.send(['cart', 'web'], '/', { method: 'POST', body })).text).toBe('50000000 bytes, undefined');
  });

  it('go trailers both ways', async () => {
    const answer = await stage.send(['cart', 'web'], '/', { method: 'POST', body: 'abc', trailers: { 'x-sum': '3' } });
    expect([answer.text, answer.trailers]).toEqual(['3 bytes, 3', [['x-sum', '3']]]);
  });
});
