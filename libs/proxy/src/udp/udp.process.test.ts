// SPDX-License-Identifier: Apache-2.0
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { systemClock } from '@weir/base';
import { findFreePorts, waitFor } from '@weir/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { StreamBench, resourcesOfUdp } from '../engine/stream-bench.ts';
import { defaultSettings } from '../engine/settings.ts';
import { openPort } from '../listen/open-port.ts';
import { loadSocketCalls } from '../listen/socket-calls.ts';
import { WorkerPool } from '../workers/worker-pool.ts';

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function start(): StreamBench {
  const bench = new StreamBench();
  closing.push(() => bench.close());
  return bench;
}

/** Nobody else is there: on 127.0.0.1 a client's connection may have the number for TCP that is free for UDP. */
const OWN_ADDRESS = process.platform === 'linux' ? '127.44.0.1' : '127.0.0.1';

async function bound(address = '127.0.0.1'): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, address);
  closing.push(() => socket.close());
  await once(socket, 'listening');
  return socket;
}

/** A server that answers with its name and what it got. */
async function named(name: string): Promise<number> {
  const socket = await bound();
  socket.on('message', (bytes, from) => socket.send(`${name}:${String(bytes)}`, from.port, from.address));
  return socket.address().port;
}

async function ask(client: Socket, port: number, text: string | Buffer): Promise<string> {
  client.send(text, port, '127.0.0.1');
  const [answer]: unknown[] = await once(client, 'message');
  return String(answer);
}

describe('a UDP port', () => {
  it('carries datagrams of each client in a session of its own', async () => {
    const bench = start();
    const port = await bench.serveUdp([await named('a')]);
    const [first, second] = [await bound(), await bound()];
    expect(await ask(first, port, 'one')).toBe('a:one');
    expect(await ask(second, port, 'two')).toBe('a:two');
    expect(await ask(first, port, 'three')).toBe('a:three');
    expect(bench.datagrams?.openedCount).toBe(2);
    expect(bench.loads.total).toBe(2);
    const large = Buffer.alloc(60_000, 'x');
    expect(await ask(first, port, large)).toBe(`a:${large.toString()}`);
    bench.datagrams?.close();
    expect(bench.records).toMatchObject([
      { protocol: 'UDP', bytesReceived: 60_008, bytesSent: 60_014, served: { route: 'ns/db', backend: 'ns/db:1' } },
      { protocol: 'UDP', bytesReceived: 3, bytesSent: 5, fault: undefined },
    ]);
    expect(bench.loads.total).toBe(0);
  });

  it('keeps a client at its endpoint, and takes turns between clients', async () => {
    const bench = start();
    const port = await bench.serveUdp([await named('a'), await named('b')]);
    const clients = [await bound(), await bound()];
    const seen = await Promise.all(clients.map(client => ask(client, port, '')));
    expect(seen.sort((left, right) => left.localeCompare(right))).toEqual(['a:', 'b:']);
    const [client] = clients;
    const first = await ask(client!, port, '');
    for (let i = 0; i < 4; i++) expect(await ask(client!, port, '')).toBe(first);
  });

  it('moves a client whose endpoint has left, at its next datagram', async () => {
    const bench = start();
    const port = await bench.serveUdp([await named('a')]);
    const client = await bound();
    expect(await ask(client, port, '1')).toBe('a:1');
    await bench.moveTo([await named('b')]);
    expect(await ask(client, port, '2')).toBe('b:2');
    expect(bench.records).toHaveLength(1);
  });

  it('leaves an endpoint that refuses', async () => {
    const bench = start();
    const gone = createSocket('udp4').bind(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port: dead } = gone.address();
    gone.close();
    const port = await bench.serveUdp([dead, await named('b')]);
    const client = await bound();
    const answers: string[] = [];
    client.on('message', bytes => answers.push(String(bytes)));
    await waitFor(
      () => {
        client.send('x', port, '127.0.0.1');
        return answers.length > 3;
      },
      { what: 'answers of the endpoint that is left' },
    );
    expect(bench.records.every(({ fault }) => fault === 'upstream_connect_failed')).toBe(true);
    expect(bench.records.length).toBeLessThanOrEqual(1);
  });

  it('drops and counts what has no rule, and writes one line about it', async () => {
    const bench = start();
    const port = await bench.serveUdp([], false);
    const client = await bound();
    for (let i = 0; i < 3; i++) client.send('x', port, '127.0.0.1');
    await waitFor(() => bench.drops.length === 3, { what: 'the drops' });
    expect(bench.drops).toEqual(['refused', 'refused', 'refused']);
    expect(bench.records).toMatchObject([{ fault: 'route_not_found' }]);
  });

  it('has no more sessions than it may, in all and for an address', async () => {
    const bench = start();
    bench.limits.maxUdpSessionsPerAddress = 1;
    const port = await bench.serveUdp([await named('a')]);
    const [first, second] = [await bound(), await bound()];
    await ask(first, port, '1');
    second.send('2', port, '127.0.0.1');
    await waitFor(() => bench.drops.length === 1, { what: 'the drop' });
    expect(bench.drops).toEqual(['limit']);
    expect(await ask(first, port, '3')).toBe('a:3');
  });

  it('forgets a session that is idle', async () => {
    const bench = start();
    bench.limits.udpIdleTimeoutMs = 100;
    const port = await bench.serveUdp([await named('a')]);
    await ask(await bound(), port, '1');
    await waitFor(() => bench.records.length === 1, { what: 'the end of the session' });
    expect(bench.records[0]?.fault).toBeUndefined();
  });
});

describe('a UDP port of a pool of workers', () => {
  it('is served beside a TCP port of the same number, through the replacement of a worker, and drained', async () => {
    const [number = 0] = await findFreePorts(1);
    const pool = new WorkerPool({
      ...{ workerCount: 2, clock: systemClock, settings: defaultSettings },
      accessLog: { format: 'off', hasColour: false, descriptor: 1 },
      onWorkerEnded: () => undefined,
      onOverload: () => undefined,
    });
    closing.push(() => pool.stop(0));
    const { port, resources } = resourcesOfUdp([await named('a')]);
    const owner = { pid: process.pid, directory: '', startedAt: '' };
    const options = { calls: await loadSocketCalls(), slotCount: 2, owner };
    const tcp = await openPort({ address: '127.0.0.1', port: number }, options);
    const udp = await openPort({ address: '127.0.0.1', port: number, transport: 'udp' }, options);
    closing.push(
      () => tcp.close(),
      () => udp.close(),
    );
    void pool.push({ version: 1, upserts: [port, ...resources], removes: [] });
    await pool.listen(port.name, udp);
    await pool.start();
    for (let i = 0; i < 8; i++) expect(await ask(await bound(), number, String(i))).toBe(`a:${i}`);
    expect(await pool.replace(0, 1_000)).toBe(true);
    for (let i = 0; i < 8; i++) expect(await ask(await bound(), number, String(i))).toBe(`a:${i}`);
    await expect(openPort({ address: '127.0.0.1', port: number, transport: 'udp' }, options)).rejects.toMatchObject({
      code: 'taken',
      message: expect.stringContaining('(UDP)'),
    });
    udp.closeSockets();
    await pool.stop(5_000);
    expect(pool.liveCount).toBe(0);
  });

  it('cannot be opened where another process has it', async () => {
    const socket = await bound(OWN_ADDRESS);
    const owner = { pid: process.pid, directory: '', startedAt: '' };
    const at = { address: OWN_ADDRESS, port: socket.address().port, transport: 'udp' } as const;
    for (const calls of [await loadSocketCalls(), undefined]) {
      await expect(openPort(at, { calls, slotCount: 1, owner })).rejects.toMatchObject({ code: 'taken' });
    }
    const server = createServer().listen(at.port, OWN_ADDRESS);
    closing.push(() => server.close());
    await once(server, 'listening');
    const client = connect(at.port, OWN_ADDRESS);
    await once(client, 'connect');
    client.destroy();
  });
});
