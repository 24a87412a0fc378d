// SPDX-License-Identifier: Apache-2.0
import { Resolver } from 'node:dns/promises';
import { findFreePorts, startUpstream, startWeir, waitFor, writeDocument } from '@weir/testing';
import type { TestDocument, Upstream, Weir } from '@weir/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { backend, gateway } from './stage/documents.ts';
import { portService, streamRoute } from './stage/stream-documents.ts';
import { converse, repeating } from './stage/stream-servers.ts';
import { openUdpPeer, startUdpServer } from './stage/udp-peers.ts';
import type { UdpPeer } from './stage/udp-peers.ts';

/** `maxUdpSessionsPerAddress`, of a worker. */
const MAX_SESSIONS = 1_000;

let servers: readonly UdpPeer[];
let tcp: Upstream;
let weir: Weir;
let port = 0;
let dnsPort = 0;
let strayPort = 0;
/** Has its session before others use up what its address may have. */
let regular: UdpPeer;
const clients: UdpPeer[] = [];

beforeAll(async () => {
  servers = await Promise.all([
    ...['one', 'two'].map(name => startUdpServer(datagram => `${name}:${datagram.toString('latin1')}`)),
    startUdpServer(dnsAnswer),
  ]);
  const [one, two, dns] = servers.map(server => ({ port: server.port }));
  tcp = await startUpstream(repeating('tcp'));
  [port = 0, dnsPort = 0, strayPort = 0] = await findFreePorts(3);
  weir = await startWeir(
    [
      gateway('edge', [
        { name: 'udp', protocol: 'UDP', port },
        // The same number, as with DNS.
        { name: 'tcp', protocol: 'TCP', port },
        { name: 'dns', protocol: 'UDP', port: dnsPort },
        { name: 'stray', protocol: 'UDP', port: strayPort },
      ]),
      ...portService('one', [one!], { protocol: 'UDP' }),
      ...portService('two', [two!], { protocol: 'UDP' }),
      ...portService('dns', [dns!], { protocol: 'UDP' }),
      ...portService('tcp', [{ port: tcp.port }]),
      udpRoute('one'),
      streamRoute('UDPRoute', 'dns', { listener: 'dns', backends: [backend('dns')] }),
      streamRoute('TCPRoute', 'tcp', { listener: 'tcp', backends: [backend('tcp')] }),
    ],
    { flags: ['--workers', '1', '--drain-delay', '0', '--drain-deadline', '20s'] },
  );
  regular = await openUdpPeer();
  await regular.ask(port, 'hello');
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map(client => client[Symbol.asyncDispose]()));
});

afterAll(async () => {
  await weir[Symbol.asyncDispose]();
  await Promise.all([...servers, regular, tcp].map(each => each[Symbol.asyncDispose]()));
});

function udpRoute(to: string): TestDocument {
  return streamRoute('UDPRoute', 'udp', { listener: 'udp', backends: [backend(to)] });
}

async function open(): Promise<UdpPeer> {
  const client = await openUdpPeer();
  clients.push(client);
  return client;
}

/** 192.0.2.53 for whatever name is asked for (RFC 1035 §4.1). */
function dnsAnswer(query: Buffer): Buffer {
  const questionEnd = query.indexOf(0, 12) + 5;
  const head = Buffer.from([query[0] ?? 0, query[1] ?? 0, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 53]);
  return Buffer.concat([head, query.subarray(12, questionEnd), record]);
}

async function dropped(listener: string, reason: string): Promise<number> {
  const line = new RegExp(
    `^weir_udp_datagrams_dropped_total\\{[^\\}]*"default/edge/${listener}"[^\\}]*"${reason}"\\} (?<count>\\d+)`,
    'mv',
  );
  return Number(line.exec(await weir.metrics())?.groups?.['count'] ?? 0);
}

/** Of all UDP listeners. */
async function activeSessions(): Promise<number> {
  const lines = (await weir.metrics()).matchAll(/^weir_streams_active\{[^\}]*"UDP"[^\}]*\} (?<count>\d+)/gmv);
  return [...lines].reduce((sum, { groups }) => sum + Number(groups?.['count']), 0);
}

describe('a UDPRoute', () => {
  it('carries datagrams both ways, of any size, each as one', async () => {
    const client = await open();
    expect(await client.ask(port, 'hello')).toBe('one:hello');
    expect(await client.ask(port, '')).toBe('one:');
    expect(await client.ask(port, 'x'.repeat(60_000))).toHaveLength(60_004);
  });

  it('keeps the answers of each client apart', async () => {
    const several = await Promise.all(Array.from({ length: 20 }, open));
    const answers = await Promise.all(several.map((client, i) => client.ask(port, String(i))));
    expect(answers).toEqual(several.map((_, i) => `one:${i}`));
  });

  it('leaves TCP of the same number to its TCPRoute', async () => {
    expect(await converse({ port }, 'hello')).toBe('tcp:hello');
  });

  it("serves Node's own DNS client", async () => {
    const resolver = new Resolver({ tries: 1 });
    resolver.setServers([`127.0.0.1:${dnsPort}`]);
    expect(await resolver.resolve4('shop.test')).toEqual(['192.0.2.53']);
  });

  it('that is changed has the next datagram of each client', async () => {
    const client = await open();
    expect(await client.ask(port, '1')).toBe('one:1');
    await writeDocument(weir.directory, udpRoute('two'));
    await waitFor(async () => (await client.ask(port, '2')) === 'two:2', { what: 'the change to be live' });
    await writeDocument(weir.directory, udpRoute('one'));
    await waitFor(async () => (await client.ask(port, '3')) === 'one:3', { what: 'the change to be undone' });
  });
});

describe('datagrams that reach nobody', () => {
  it('are counted, with one line in the log: no route', async () => {
    const client = await open();
    for (let i = 0; i < 3; i++) client.send(strayPort, 'x');
    await waitFor(async () => (await dropped('stray', 'refused')) === 3, { what: 'the drops to be counted' });
    const lines = (): readonly unknown[] => weir.accessLog.filter(({ listener }) => listener === 'default/edge/stray');
    await waitFor(() => lines().length > 0, { what: 'the line' });
    expect(lines()).toMatchObject([{ protocol: 'UDP', fault: 'route_not_found' }]);
  });

  it('are counted: one more session than a client address may have', async () => {
    const early = await openUdpPeer();
    await early.ask(port, 'first');
    for (let opened = 0; opened < MAX_SESSIONS; opened += 50) {
      const some = await Promise.all(Array.from({ length: 50 }, open));
      for (const client of some) client.send(port, 'x');
      const answered = async (): Promise<number> =>
        some.filter(({ received }) => received.length > 0).length + (await dropped('udp', 'limit'));
      await waitFor(async () => (await answered()) >= some.length, { what: 'answers or drops' });
    }
    expect(await activeSessions()).toBe(MAX_SESSIONS);
    expect(await early.ask(port, 'still')).toBe('one:still');
    await early[Symbol.asyncDispose]();
  });
});

describe('SIGTERM', () => {
  it('lets sessions go on until a second of silence', async () => {
    expect(await regular.ask(port, '1')).toBe('one:1');
    weir.child.process.kill('SIGTERM');
    await waitFor(async () => !(await weir.isReady()), { what: 'readiness to say no' });
    expect(await regular.ask(port, '2')).toBe('one:2');
    const lastMs = performance.now();
    expect(await weir.child.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - lastMs).toBeGreaterThan(800);
  });
});
