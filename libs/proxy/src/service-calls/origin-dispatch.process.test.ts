// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { Exchange, Fault, HeaderList } from '@weir/base';
import { createTestAuthority, createTestExchange } from '@weir/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { collectAnswer } from './collect-answer.ts';
import { FixedBody } from './fixed-body.ts';
import { createOriginDispatch } from './origin-dispatch.ts';

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function portOf(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', socket => sockets.add(socket.on('error', () => undefined)));
  closing.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function secure(listener: RequestListener, name = 'localhost') {
  const authority = await createTestAuthority();
  const { certificatePem: cert, keyPem: key } = await authority.issue(name);
  return { port: await portOf(createTlsServer({ cert, key }, listener)), authoritiesPem: authority.certificatePem };
}

function exchangeOf(authority: string): Exchange {
  const { downstream, startedMs, protocol } = createTestExchange();
  const headers = HeaderList.of(['content-type', 'text/plain']);
  const request = { method: 'POST', scheme: 'http', authority, host: authority, path: '/ask', query: 'a=1', headers } as const;
  return new Exchange({ request, body: new FixedBody(Buffer.from('token')), downstream, startedMs, protocol });
}

async function ask(origin: string, authoritiesPem?: string): Promise<string> {
  try {
    const dispatch = createOriginDispatch(origin, { authoritiesPem });
    const { status, body, headers } = await collectAnswer(dispatch, exchangeOf('issuer.test'), 64);
    return `${status} ${headers.get('x-a') ?? ''} ${body.toString()}`;
  } catch (reason) {
    return reason instanceof Fault ? reason.code : String(reason);
  }
}

describe('a server outside', () => {
  it('is asked over TLS, by the host and the path that are meant, and answers', async () => {
    const { port, authoritiesPem } = await secure((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        response.setHeader('X-A', '1');
        response.end(`${request.method} ${request.url} ${request.headers.host} ${Buffer.concat(chunks).toString()}`);
      });
    });
    expect(await ask(`https://localhost:${port}`, authoritiesPem)).toBe('200 1 POST /ask?a=1 issuer.test token');
  });

  it('is not believed where nobody vouches for it, or for another name', async () => {
    const { port } = await secure((_, response) => response.end());
    expect(await ask(`https://localhost:${port}`)).toBe('upstream_tls_failed');
    const other = await secure((_, response) => response.end(), 'other.test');
    expect(await ask(`https://localhost:${other.port}`, other.authoritiesPem)).toBe('upstream_tls_failed');
  });

  it('is not followed where it points elsewhere', async () => {
    const { port, authoritiesPem } = await secure((_, response) => response.writeHead(307, { location: '/x' }).end());
    expect(await ask(`https://localhost:${port}`, authoritiesPem)).toBe('307  ');
  });

  it.each([
    ['HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', 'upstream_reset'],
    ['HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n', 'upstream_protocol_error'],
    ['I am no server\r\n\r\n', 'upstream_protocol_error'],
    ['', 'upstream_reset'],
  ])('that answers %j is a fault', async (bytes, code) => {
    const port = await portOf(createServer(socket => void socket.once('data', () => socket.end(bytes))));
    expect(await ask(`http://127.0.0.1:${port}`)).toBe(code);
  });

  it('that is not there is a fault', async () => {
    const server = createServer();
    const port = await portOf(server);
    server.close();
    await once(server, 'close');
    expect(await ask(`http://127.0.0.1:${port}`)).toBe('upstream_connect_failed');
  });
});
