// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { createTestAuthority, waitFor } from '@weir/testing';
import type { KeyPair, TestAuthority } from '@weir/testing';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { echoServer, StreamBench } from './stream-bench.ts';

const benches: StreamBench[] = [];
const servers: Server[] = [];
let authority: TestAuthority;
let leaf: KeyPair;

beforeAll(async () => {
  authority = await createTestAuthority();
  leaf = await authority.issue('db.example', 'web.example', '127.0.0.1');
});

afterEach(() => {
  for (const bench of benches.splice(0)) bench.close();
  for (const server of servers.splice(0)) server.close();
});

function start(): StreamBench {
  const bench = new StreamBench();
  benches.push(bench);
  return bench;
}

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function textOf(socket: Socket): Promise<string> {
  let text = '';
  for await (const part of socket.setEncoding('latin1')) text += String(part);
  return text;
}

async function errorOf(socket: Socket): Promise<string> {
  const [error]: unknown[] = await once(socket, 'error');
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

describe('a TCP port', () => {
  it('carries bytes both ways, and the end of each side', async () => {
    const bench = start();
    const port = await bench.serveTcp([await listen(echoServer())]);
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.end('hello');
    expect(await textOf(socket)).toBe('hello, and bye');
    await waitFor(() => bench.records.length === 1, { what: 'the record' });
    expect(bench.records[0]).toMatchObject({
      ...{ protocol: 'TCP', clientAddress: '127.0.0.1', bytesReceived: 5, bytesSent: 14, attempts: 1, fault: undefined },
      served: { listener: 'ns/edge/main', route: 'ns/db', backend: 'ns/db:1' },
    });
    expect(bench.loads.total).toBe(0);
  });

  it('resets what is still open when the gateway ends, and says that it did', async () => {
    const bench = start();
    const socket = connect({ port: await bench.serveTcp([await listen(echoServer())]), host: '127.0.0.1' });
    socket.write('hello');
    await once(socket, 'data');
    const error = errorOf(socket);
    bench.engine.goAway();
    expect(await error).toBe('ECONNRESET');
    expect(bench.records).toMatchObject([{ fault: 'drain_deadline', bytesReceived: 5, bytesSent: 5 }]);
  });

  it('resets a connection on which nothing has come for too long', async () => {
    const bench = start();
    bench.limits.streamIdleTimeoutMs = 300;
    const port = await bench.serveTcp([await listen(echoServer())]);
    const socket = connect({ port, host: '127.0.0.1' });
    const error = errorOf(socket);
    socket.write('hello');
    expect(await error).toBe('ECONNRESET');
    await waitFor(() => bench.records.length === 1, { what: 'the record' });
    expect(bench.records[0]).toMatchObject({ bytesReceived: 5, bytesSent: 5, fault: 'idle_timeout' });
  });

  it('carries more than any buffer, unchanged, to a client that reads slowly', async () => {
    const bench = start();
    const sent = Buffer.alloc(8 * 1024 * 1024, 'abcdefghijklmno');
    const port = await bench.serveTcp([await listen(createServer(peer => peer.on('error', () => undefined).end(sent)))]);
    const socket = connect({ port, host: '127.0.0.1' });
    const parts: Buffer[] = [];
    for await (const part of socket) {
      parts.push(part as Buffer);
      await new Promise(setImmediate);
    }
    expect(Buffer.concat(parts).equals(sent)).toBe(true);
  });

  it('does not mix the bytes of two connections', async () => {
    const bench = start();
    const port = await bench.serveTcp([
      await listen(createServer({ allowHalfOpen: true }, peer => peer.on('error', () => undefined).pipe(peer))),
    ]);
    const texts = await Promise.all(
      ['a', 'b', 'c', 'd'].map(async letter => {
        const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
        const all = letter.repeat(3_000_000);
        socket.end(all);
        return (await textOf(socket)) === all;
      }),
    );
    expect(texts).toEqual([true, true, true, true]);
  });

  it('tries another endpoint where one refuses', async () => {
    const bench = start();
    const good = await listen(echoServer());
    const dead = await listen(createServer());
    servers.pop()?.close();
    const port = await bench.serveTcp([dead, good]);
    for (let i = 0; i < 4; i++) {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      socket.end('x');
      expect(await textOf(socket)).toBe('x, and bye');
    }
    await waitFor(() => bench.records.length === 4, { what: 'the records' });
    expect(Math.max(...bench.records.map(({ attempts }) => attempts))).toBe(2);
    expect(bench.records.every(({ fault }) => fault === undefined)).toBe(true);
  });

  it.each([
    ['no rule', 'route_not_found'],
    ['no backend', 'backend_invalid'],
    ['no endpoints', 'no_endpoints'],
    ['refusing endpoints', 'upstream_connect_failed'],
  ])('resets the connection where there is %s', async (what, fault) => {
    const bench = start();
    const dead = await listen(createServer());
    servers.pop()?.close();
    const port = await bench.serveTcp(what === 'refusing endpoints' ? [dead] : [], {
      hasRule: what !== 'no rule',
      hasBackend: what !== 'no backend',
    });
    const socket = connect({ port, host: '127.0.0.1' });
    expect(await errorOf(socket)).toBe('ECONNRESET');
    await waitFor(() => bench.records.length === 1, { what: 'the record' });
    expect(bench.records[0]?.fault).toBe(fault);
  });

  it('passes a reset on, in both directions', async () => {
    const bench = start();
    const peers: Socket[] = [];
    const server = createServer(peer => {
      peers.push(peer);
      peer.on('error', () => undefined);
      peer.write('.');
    });
    const port = await bench.serveTcp([await listen(server)]);
    const first = connect({ port, host: '127.0.0.1' });
    await once(first, 'data');
    peers[0]?.resetAndDestroy();
    expect(await errorOf(first)).toBe('ECONNRESET');
    const second = connect({ port, host: '127.0.0.1' });
    await once(second, 'data');
    second.resetAndDestroy();
    await waitFor(() => peers[1]?.destroyed, { what: 'the reset to come through' });
    await waitFor(() => bench.records.length === 2, { what: 'the records' });
    expect(bench.records.map(({ fault }) => fault)).toEqual(['upstream_reset', 'client_closed']);
  });

  it('begins with a PROXY header where the backend asks for one', async () => {
    const bench = start();
    const port = await bench.serveTcp([await listen(echoServer())], { proxyProtocol: 'v1' });
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    const { localPort } = socket;
    socket.end('hi');
    expect(await textOf(socket)).toBe(`PROXY TCP4 127.0.0.1 127.0.0.1 ${localPort} ${port}\r\nhi, and bye`);
  });

  it('believes a PROXY header of a trusted address, in pieces too, and requires it', async () => {
    const bench = start();
    const port = await bench.serveTcp([await listen(echoServer())], { proxyProtocolFrom: ['127.0.0.0/8'] });
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    socket.write('PROXY TCP4 192.0.2.7 192.');
    await new Promise(setImmediate);
    socket.end('0.2.1 4711 5432\r\nhi');
    expect(await textOf(socket)).toBe('hi, and bye');
    await waitFor(() => bench.records.length === 1, { what: 'the record' });
    expect(bench.records[0]).toMatchObject({ clientAddress: '192.0.2.7', clientPort: 4711, bytesReceived: 2 });
    const bare = connect({ port, host: '127.0.0.1' });
    bare.write('hello');
    expect(['', 'ECONNRESET']).toContain(await textOf(bare).catch(() => 'ECONNRESET'));
    expect(bench.refusals).toMatchObject([
      { protocol: 'TCP', clientAddress: '127.0.0.1', fault: 'bad_request', faultDetail: expect.stringContaining('PROXY header') },
    ]);
  });

  it('does not read a PROXY header of anybody else', async () => {
    const bench = start();
    const port = await bench.serveTcp([await listen(echoServer())], { proxyProtocolFrom: ['192.0.2.0/24'] });
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.end('PROXY UNKNOWN\r\n');
    expect(await textOf(socket)).toBe('PROXY UNKNOWN\r\n, and bye');
  });
});

describe('a TLS port', () => {
  it('passes TLS through by server name, and resets connections for other names', async () => {
    const bench = start();
    const server = createTlsServer({ cert: leaf.certificatePem, key: leaf.keyPem }, peer => peer.end('through'));
    const port = await bench.serveTls([await listen(server)], { mode: 'passthrough', hostname: 'db.example' });
    const options = { port, host: '127.0.0.1', ca: authority.certificatePem };
    const socket = connectTls({ ...options, servername: 'DB.example' });
    expect(await textOf(socket)).toBe('through');
    await waitFor(() => bench.records.length === 1, { what: 'the record' });
    expect(bench.records[0]).toMatchObject({ protocol: 'TLS', serverName: 'db.example', fault: undefined });
    const other = connectTls({ ...options, servername: 'other.example' });
    expect(await errorOf(other)).toBe('ECONNRESET');
  });

  it('terminates TLS and carries what was in it', async () => {
    const bench = start();
    const port = await bench.serveTls([await listen(echoServer())], { mode: 'terminate', hostname: 'db.example', pair: leaf });
    const halfOpen = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const socket = connectTls({ socket: halfOpen, ca: authority.certificatePem, servername: 'db.example' });
    socket.end('secret');
    expect(await textOf(socket)).toBe('secret, and bye');
  });

  it('encrypts again where the backend wants it, and verifies the backend', async () => {
    const bench = start();
    const server = createTlsServer({ cert: leaf.certificatePem, key: leaf.keyPem, allowHalfOpen: true }, peer => {
      peer.on('data', chunk => peer.end(`${String(chunk)} again`));
    });
    const endpoints = [await listen(server)];
    const port = await bench.serveTls(endpoints, {
      ...{ mode: 'terminate', hostname: 'db.example', pair: leaf },
      backendTls: { serverName: 'web.example', authoritiesPem: authority.certificatePem },
    });
    const options = { port, host: '127.0.0.1', ca: authority.certificatePem, servername: 'db.example' };
    const socket = connectTls(options);
    socket.write('secret');
    expect(await textOf(socket)).toBe('secret again');
    await bench.serveTls(endpoints, {
      ...{ mode: 'terminate', hostname: 'db.example', pair: leaf },
      backendTls: { serverName: 'elsewhere.example', authoritiesPem: authority.certificatePem },
    });
    const refused = connectTls({ ...options, port: bench.port });
    refused.on('error', () => undefined);
    await once(refused, 'close');
    await waitFor(() => bench.records.length === 2, { what: 'the records' });
    expect(bench.records[1]).toMatchObject({ fault: 'upstream_connect_failed', bytesReceived: 0 });
  });

  it('keeps to the least version of each listener', async () => {
    const bench = start();
    const endpoints = [await listen(echoServer())];
    const port = await bench.serveTls(endpoints, {
      mode: 'terminate',
      hostname: 'db.example',
      pair: leaf,
      minVersion: 'TLSv1.3',
    });
    const options = { port, host: '127.0.0.1', ca: authority.certificatePem, maxVersion: 'TLSv1.2' } as const;
    const refused = connectTls({ ...options, servername: 'db.example' });
    expect(await errorOf(refused)).toMatch(/ALERT_PROTOCOL_VERSION/);
    const web = connectTls({ ...options, servername: 'web.example' });
    await once(web, 'secureConnect');
    web.write('GET / HTTP/1.1\r\nHost: web.example\r\nConnection: close\r\n\r\n');
    expect(await textOf(web)).toMatch(/^HTTP\/1\.1 404 /);
  });
});

describe('a port of HTTP behind a balancer', () => {
  it('takes the client from the PROXY header, and the request that came with it', async () => {
    const bench = start();
    const port = await bench.serveHttp(['127.0.0.1/32']);
    const socket = connect({ port, host: '127.0.0.1' });
    socket.write('PROXY TCP4 192.0.2.7 192.0.2.1 4711 80\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 404 /);
    expect(bench.requests).toMatchObject([{ clientAddress: '192.0.2.7' }]);
  });
});
