// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage, RequestListener } from 'node:http';
import { connect } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { createSystemRandom, systemClock } from '@weir/base';
import { createTestAuthority, waitFor } from '@weir/testing';
import type { KeyPair } from '@weir/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RelayOffer } from './client/index.ts';
import { listenSync } from './server/index.ts';
import type { RelayConnection, SyncListener } from './server/index.ts';

vi.setConfig({ testTimeout: 15_000 });

const PEER = 'spiffe://mesh/ns/shop/sa/cart';
const authority = await createTestAuthority();
const [serverKeys, proxyKeys] = [await authority.issue('127.0.0.1'), await authority.issue(PEER)];

let cleanups: AsyncDisposableStack;
/** Connections that proxies let the control plane ask on, oldest first. */
let offered: RelayConnection[];

beforeEach(() => {
  cleanups = new AsyncDisposableStack();
  offered = [];
});
afterEach(() => cleanups.disposeAsync());

async function listen({ port = 0, hasRelay = true } = {}): Promise<SyncListener> {
  const listener = await listenSync({
    ...{ host: '127.0.0.1', port, clock: systemClock, routes: () => undefined },
    tls: { cert: serverKeys.certificatePem, key: serverKeys.keyPem, ca: authority.certificatePem },
    peerOf: socket => /URI:([^,]+)/v.exec(socket.getPeerCertificate().subjectaltname ?? '')?.[1],
    ...(hasRelay ? { onRelay: connection => void offered.push(connection) } : {}),
  });
  cleanups.defer(() => listener.close());
  return listener;
}

function offer(port: number, handler: RequestListener, keys: KeyPair = proxyKeys): RelayOffer {
  const tls = { cert: keys.certificatePem, key: keys.keyPem, ca: authority.certificatePem };
  const relay = new RelayOffer({
    address: { url: `https://127.0.0.1:${port}`, tls: () => tls },
    ...{ proxy: '10.0.0.7:8080', clock: systemClock, random: createSystemRandom(), handler },
  });
  cleanups.defer(() => relay.close());
  relay.start();
  return relay;
}

const nextOffer = (): Promise<RelayConnection> => waitFor(() => offered.shift(), { what: 'a connection to ask on' });

async function ask({ socket }: RelayConnection, method = 'GET'): Promise<IncomingMessage> {
  const sent = request({ method, path: '/status', createConnection: () => socket }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  return response;
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += String(part);
  return text;
}

function dial(port: number, options: ConnectionOptions): TLSSocket {
  const socket = connect({ host: '127.0.0.1', port, ca: authority.certificatePem, ...options });
  cleanups.defer(() => void socket.destroy());
  return socket.on('error', () => undefined).resume();
}

it('lets the control plane ask a proxy, one request a connection, as often as it likes', async () => {
  const { port } = await listen();
  offer(port, ({ method, url }, response) => response.end(`${method} ${url}`));
  for (let count = 0; count < 3; count++) {
    const connection = await nextOffer();
    expect(connection).toMatchObject({ peer: PEER, proxy: `${PEER}/10.0.0.7:8080` });
    const response = await ask(connection);
    expect([response.headers.connection, await textOf(response)]).toEqual(['close', 'GET /status']);
    await waitFor(() => connection.socket.destroyed, { what: 'the end of the connection' });
  }
});

it('asks for nothing that changes anything', async () => {
  const { port } = await listen();
  let askedCount = 0;
  offer(port, (_request, response) => {
    askedCount++;
    response.end();
  });
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    expect((await ask(await nextOffer(), method)).statusCode).toBe(405);
  }
  expect((await ask(await nextOffer(), 'HEAD')).statusCode).toBe(200);
  expect(askedCount).toBe(1);
});

it('has one spare connection, and none while eight answers are under way', async () => {
  const { port } = await listen();
  offer(port, (_request, response) => response.writeHead(200).flushHeaders());
  const asked: RelayConnection[] = [];
  for (let count = 0; count < 8; count++) {
    asked.push(await nextOffer());
    await ask(asked.at(-1)!);
  }
  // Whoever may connect has done so before another handshake is through.
  const socket = dial(port, { ALPNProtocols: ['h2'] });
  await once(socket, 'secureConnect');
  expect(offered).toEqual([]);
  asked[3]?.socket.destroy();
  await nextOffer();
});

it('sends no more than is taken', async () => {
  const { port } = await listen();
  let isFull = false;
  offer(port, (_request, response) => {
    const block = Buffer.alloc(65_536);
    let count = 0;
    while (!isFull && count++ < 1024) isFull = !response.write(block);
    response.once('drain', () => response.end());
  });
  const response = await ask(await nextOffer());
  await waitFor(() => isFull, { what: 'the proxy to wait' });
  expect((await textOf(response)).length).toBeGreaterThan(0);
});

it('comes back after a restart of the control plane', async () => {
  const first = await listen();
  offer(first.port, (_request, response) => response.end('here'));
  const before = await nextOffer();
  await first.close();
  await waitFor(() => before.socket.destroyed, { what: 'the end of the connection' });
  await listen({ port: first.port });
  expect(await textOf(await ask(await nextOffer()))).toBe('here');
});

it('goes on trying with a control plane that knows no relay, until there is one that does', async () => {
  const { port, close } = await listen({ hasRelay: false });
  const socket = dial(port, { cert: proxyKeys.certificatePem, key: proxyKeys.keyPem, ALPNProtocols: ['weir-relay/1'] });
  const [refusal] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  expect(refusal.code).toBe('ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL');
  offer(port, (_request, response) => response.end('here'));
  await close();
  await listen({ port });
  expect(await textOf(await ask(await nextOffer()))).toBe('here');
});

it('ends the answers under way when the proxy goes', async () => {
  const { port } = await listen();
  const relay = offer(port, (_request, response) => response.write('begun'));
  const response = await ask(await nextOffer());
  relay.close();
  await expect(textOf(response)).rejects.toThrow('aborted');
});

it('is for who shows a certificate of the mesh', async () => {
  const { port } = await listen();
  const strangers = await createTestAuthority('strangers');
  const { certificatePem: cert, keyPem: key } = await strangers.issue(PEER);
  for (const shown of [{}, { cert, key }]) {
    const socket = dial(port, { ...shown, ALPNProtocols: ['weir-relay/1'] });
    socket.once('secureConnect', () => socket.write('{"proxy":"10.0.0.7:8080"}\n'));
    await once(socket, 'close');
  }
  expect(offered).toEqual([]);
});

it.each(['GET / HTTP/1.1\r\n\r\n', '{"name":"x"}\n', '{"proxy":"x"}\n{"proxy":"y"}\n', `{"proxy":"${'x'.repeat(20_000)}`, '\n'])(
  'ends a connection that begins with %j',
  async text => {
    const { port } = await listen();
    const socket = dial(port, {
      ...{ cert: proxyKeys.certificatePem, key: proxyKeys.keyPem },
      ALPNProtocols: ['weir-relay/1'],
    });
    socket.once('secureConnect', () => socket.write(text));
    await once(socket, 'close');
    expect(offered).toEqual([]);
  },
);
