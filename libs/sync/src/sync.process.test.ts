// SPDX-License-Identifier: Apache-2.0
import { connect as connectHttp2 } from 'node:http2';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { createSystemRandom, systemClock } from '@weir/base';
import type { MeshService, Resource, ResourceName, Transaction } from '@weir/policy/snapshot';
import { createTempDirectory, createTestAuthority, waitFor } from '@weir/testing';
import type { KeyPair, TestAuthority } from '@weir/testing';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AcceptedFile, connectOverTls, SyncClient } from './client/index.ts';
import type { Rejection, SyncClientOptions } from './client/index.ts';
import { countedRevision, indexRoot, nameRoot, SyncService } from './messages/index.ts';
import { createSyncServer, listenSync } from './server/index.ts';
import type { SyncListener, SyncServer, SyncSettings } from './server/index.ts';

const PROXY = 'spiffe://mesh/ns/shop/sa/cart';
const random = createSystemRandom();

let authority: TestAuthority;
let serverKeys: KeyPair;
let proxyKeys: KeyPair;

beforeAll(async () => {
  authority = await createTestAuthority();
  serverKeys = await authority.issue('127.0.0.1');
  proxyKeys = await authority.issue(PROXY);
});

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Started {
  readonly server: SyncServer;
  readonly listener: SyncListener;
}

async function startServer({
  port = 0,
  settings = {},
}: { port?: number; settings?: Partial<SyncSettings> } = {}): Promise<Started> {
  const server = createSyncServer({
    clock: systemClock,
    random,
    authorize: (peer, root) => peer === PROXY && root !== nameRoot('certificate/secret'),
    settings,
  });
  const listener = await listenSync({
    host: '127.0.0.1',
    port,
    tls: { cert: serverKeys.certificatePem, key: serverKeys.keyPem, ca: authority.certificatePem },
    peerOf: uriOf,
    routes: server.routes,
    serveStream: server.serveStream,
    clock: systemClock,
  });
  cleanups.push(async () => {
    server.close();
    await listener.close();
  });
  return { server, listener };
}

function uriOf(socket: TLSSocket): string | undefined {
  return /URI:([^,]+)/.exec(socket.getPeerCertificate().subjectaltname ?? '')?.[1];
}

/** Takes everything but what it was told to refuse, and counts it. */
class TestConfiguration {
  readonly running = new Map<ResourceName, Resource>();
  readonly transactions: Transaction[] = [];
  refuses = '';

  async apply(transaction: Transaction): Promise<readonly Rejection[]> {
    const rejections = transaction.upserts
      .filter(one => this.refuses !== '' && JSON.stringify(one).includes(this.refuses))
      .map(({ name }) => ({ resource: name, reason: 'the test refuses it' }));
    if (rejections.length > 0) return rejections;
    this.transactions.push(transaction);
    for (const name of transaction.removes) this.running.delete(name);
    for (const resource of transaction.upserts) this.running.set(resource.name, resource);
    return [];
  }

  get upsertCount(): number {
    return this.transactions.reduce((sum, { upserts }) => sum + upserts.length, 0);
  }
}

interface Proxy {
  readonly client: SyncClient;
  readonly configuration: TestConfiguration;
}

async function startProxy(port: number, options: Partial<SyncClientOptions> = {}, keys = proxyKeys): Promise<Proxy> {
  const configuration = new TestConfiguration();
  const client = new SyncClient({
    proxy: 'cart-1',
    roots: [indexRoot('meshService')],
    clock: systemClock,
    random,
    connect: connectOverTls({
      url: `https://127.0.0.1:${port}`,
      tls: () => ({ cert: keys.certificatePem, key: keys.keyPem, ca: authority.certificatePem }),
    }),
    configuration,
    file: undefined,
    ...options,
  });
  cleanups.push(() => client.close());
  await client.start();
  return { client, configuration };
}

function service(id: string, mode: 'permissive' | 'strict' = 'strict'): MeshService {
  const port = { port: 80, portName: '', protocol: 'http1', listener: `mesh/shop/${id}/80`, consumers: [] } as const;
  return { kind: 'meshService', name: `mesh/shop/${id}`, namespace: 'shop', service: id, addresses: [], mode, ports: [port] };
}

function rule(id: string): Resource {
  return {
    kind: 'streamRule',
    name: `stream-rule/TCPRoute/shop/${id}/0`,
    routeKind: 'TCPRoute',
    route: `shop/${id}`,
    rule: '0',
    createdMs: 0,
    index: 0,
    attachments: [{ listener: `mesh/shop/${id}/80`, hostnames: ['*'], access: undefined, traffic: undefined }],
    backends: [{ backend: `backend/shop/${id}/80`, label: id, weight: 1, access: undefined }],
  };
}

function backend(id: string, port: number, label = id): Resource {
  return {
    kind: 'backend',
    name: `backend/shop/${id}/80`,
    label,
    protocol: 'http1',
    tls: undefined,
    proxyProtocol: undefined,
    balance: 'roundRobin',
    connectTimeoutMs: 1000,
    sessionPersistence: undefined,
    circuitBreaker: undefined,
    connectionLimits: undefined,
    sources: [],
    endpoints: [{ address: '10.0.0.1', port }],
  };
}

const SHOP: readonly Resource[] = ['cart', 'pay', 'stock'].flatMap(id => [service(id), rule(id), backend(id, 1)]);

function update(server: SyncServer, count: number, upserts: readonly Resource[], removes: readonly ResourceName[] = []): void {
  server.update({ version: count, upserts, removes }, countedRevision(1, count));
}

const isCurrent = ({ client }: Proxy): Promise<unknown> =>
  waitFor(() => client.isConnected, { what: 'the proxy to be up to date' });

describe('a proxy and a control plane over mutual TLS', () => {
  it('holds the index, gets a closure when it needs it, and changes of both', async () => {
    const { server, listener } = await startServer();
    update(server, 1, SHOP);
    const proxy = await startProxy(listener.port);
    await proxy.client.ready;
    expect(await proxy.client.need(indexRoot('meshService'), 5000)).toEqual({ kind: 'present' });
    expect([...proxy.configuration.running.keys()].sort()).toEqual(['mesh/shop/cart', 'mesh/shop/pay', 'mesh/shop/stock']);

    expect(await proxy.client.need(nameRoot('mesh/shop/pay'), 5000)).toEqual({ kind: 'present' });
    expect(proxy.configuration.running.has('backend/shop/pay/80')).toBe(true);
    expect(proxy.configuration.running.has('backend/shop/cart/80')).toBe(false);

    update(server, 2, [backend('pay', 2), backend('cart', 2)]);
    await waitFor(() => JSON.stringify(proxy.configuration.running.get('backend/shop/pay/80')).includes('"port":2'), {
      what: 'the new endpoint',
    });
    update(server, 3, [service('pay', 'permissive')], ['mesh/shop/stock']);
    await waitFor(() => !proxy.configuration.running.has('mesh/shop/stock'), { what: 'the removal' });
    expect(proxy.configuration.running.get('mesh/shop/pay')).toMatchObject({ mode: 'permissive' });
    expect(await proxy.client.need(nameRoot('mesh/shop/nobody'), 5000)).toEqual({ kind: 'missing', outcome: 'doesNotExist' });
    expect(await proxy.client.need(nameRoot('certificate/secret'), 5000)).toEqual({ kind: 'missing', outcome: 'notPermitted' });
  });

  it('tells who refuses what, and takes the rest', async () => {
    const { server, listener } = await startServer();
    update(server, 1, SHOP);
    const proxy = await startProxy(listener.port, { roots: [nameRoot('mesh/shop/pay'), nameRoot('mesh/shop/cart')] });
    await isCurrent(proxy);
    proxy.configuration.refuses = 'odd';
    update(server, 2, [backend('pay', 2, 'odd'), backend('cart', 2, 'fine')]);
    const status = await waitFor(() => server.acks.statusOf('backend/shop/pay/80').refusing[0], { what: 'the refusal' });
    expect(status).toMatchObject({ proxy: `${PROXY}/cart-1`, reason: 'the test refuses it' });
    expect(server.acks.statusOf('backend/shop/cart/80').acked).toEqual([`${PROXY}/cart-1`]);
    expect(proxy.configuration.running.get('backend/shop/pay/80')).toMatchObject({ label: 'pay' });
    expect(proxy.configuration.running.get('backend/shop/cart/80')).toMatchObject({ label: 'fine' });
    const object = { key: 'HTTPRoute/shop/pay', generation: 2, names: ['backend/shop/pay/80'] };
    expect(server.acks.programmed(object)).toMatchObject({ status: 'false', refusing: [{ reason: 'the test refuses it' }] });
    update(server, 3, [backend('pay', 3, 'even')]);
    await waitFor(() => server.acks.programmed(object).status === 'true', { what: 'the object to be programmed' });
  });

  it('sends a proxy that comes back after a restart of the server only what differs', async () => {
    const first = await startServer();
    update(first.server, 1, SHOP);
    const proxy = await startProxy(first.listener.port);
    expect(await proxy.client.need(nameRoot('mesh/shop/pay'), 5000)).toEqual({ kind: 'present' });
    const before = proxy.configuration.upsertCount;
    first.server.close();
    await first.listener.close();
    await waitFor(() => !proxy.client.isConnected, { what: 'the proxy to notice' });

    const second = await startServer({ port: first.listener.port });
    second.server.update({ version: 1, upserts: [...SHOP, service('new')], removes: [] }, countedRevision(2, 1));
    await isCurrent(proxy);
    await waitFor(() => proxy.configuration.running.has('mesh/shop/new'), { what: 'the new service' });
    expect(proxy.configuration.upsertCount - before).toBe(1);
  });

  it('serves what it kept on disk when there is no control plane', async () => {
    await using directory = await createTempDirectory();
    const path = join(directory.path, 'accepted');
    const { server, listener } = await startServer();
    update(server, 1, SHOP);
    const proxy = await startProxy(listener.port, { file: new AcceptedFile(path) });
    await proxy.client.need(nameRoot('mesh/shop/pay'), 5000);
    await proxy.client.close();
    server.close();
    await listener.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);

    const again = await startProxy(listener.port, { file: new AcceptedFile(path) });
    expect(again.client.state).toBe('restored');
    expect(again.configuration.running).toEqual(proxy.configuration.running);
    expect(await again.client.need(nameRoot('mesh/shop/pay'), 5000)).toEqual({ kind: 'present' });
    expect(await again.client.need(nameRoot('mesh/shop/cart'), 50)).toEqual({ kind: 'unavailable' });

    const back = await startServer({ port: listener.port });
    update(back.server, 2, SHOP);
    await isCurrent(again);
    // Rule and backend of the one that could not be had before.
    expect(again.configuration.upsertCount).toBe(proxy.configuration.upsertCount + 2);
  });

  it('is refused until the first snapshot is there', async () => {
    const { server, listener } = await startServer();
    const ends: string[] = [];
    const proxy = await startProxy(listener.port, { onEnd: ({ reason }) => ends.push(reason) });
    await waitFor(() => ends.length > 1, { what: 'refusals' });
    expect(new Set(ends)).toEqual(new Set(['starting']));
    update(server, 1, SHOP);
    await isCurrent(proxy);
  });

  it('is refused without a certificate of the mesh, and with one that says nobody', async () => {
    const { server, listener } = await startServer();
    update(server, 1, SHOP);
    const strangers = await createTestAuthority('strangers');
    const ends: string[] = [];
    const onEnd: SyncClientOptions['onEnd'] = ({ detail }) => ends.push(detail);
    await startProxy(listener.port, { onEnd }, await strangers.issue(PROXY));
    await waitFor(() => ends.length > 0, { what: 'the stranger to be refused' });
    await startProxy(listener.port, { onEnd }, await authority.issue('localhost'));
    await waitFor(() => ends.some(detail => detail.includes('no identity')), { what: 'nobody to be refused' });
    expect(server.streams()).toEqual([]);
  });

  it('waits for a certificate of its own where it has none yet', async () => {
    const { server, listener } = await startServer();
    update(server, 1, SHOP);
    const issued: KeyPair[] = [];
    const ends: string[] = [];
    const tls = (): { cert: string; key: string; ca: string } => {
      const keys = issued[0];
      if (keys === undefined) throw new Error('there is no certificate yet');
      return { cert: keys.certificatePem, key: keys.keyPem, ca: authority.certificatePem };
    };
    const proxy = await startProxy(listener.port, {
      connect: connectOverTls({ url: `https://127.0.0.1:${listener.port}`, tls }),
      onEnd: ({ detail }) => ends.push(detail),
    });
    await waitFor(() => ends.includes('there is no certificate yet'), { what: 'an attempt' });
    issued.push(proxyKeys);
    await isCurrent(proxy);
  });
});

describe('a slow proxy', () => {
  it('is sent no more than it reads, and is let go when it does not acknowledge', async () => {
    const { server, listener } = await startServer({ settings: { ackTimeoutMs: 700 } });
    const big = Array.from({ length: 400 }, (_, i): Resource => ({ ...service(`s${i}`), addresses: ['10.0.0.1'.repeat(1000)] }));
    update(server, 1, big);
    const session = connectHttp2(`https://127.0.0.1:${listener.port}`, {
      cert: proxyKeys.certificatePem,
      key: proxyKeys.keyPem,
      ca: authority.certificatePem,
    });
    cleanups.push(() => session.destroy());
    const stream = session.request({
      ':method': 'POST',
      ':path': '/weir.sync.v1.SyncService/Stream',
      'content-type': 'application/grpc+proto',
      te: 'trailers',
    });
    // Hello { proxy: "slow", protocol: 1, roots: ["index:meshService"] }, by hand: this client reads nothing.
    const hello = Buffer.concat([
      Buffer.from([0x0a, 4]),
      Buffer.from('slow'),
      Buffer.from([0x10, 1, 0x22, 17]),
      Buffer.from('index:meshService'),
    ]);
    const message = Buffer.concat([Buffer.from([0x0a, hello.length]), hello]);
    stream.write(Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]));
    await waitFor(() => server.streams()[0]?.state === 'sending', { what: 'the stream to begin' });
    expect(process.memoryUsage().arrayBuffers).toBeLessThan(64 * 1024 * 1024);
    await waitFor(() => server.streams().length === 0, { what: 'the stream to end' });
  });
});

describe('Get', () => {
  it('gives the closure of a root and what it refers to in vain', async () => {
    const { server, listener } = await startServer();
    update(server, 1, [service('pay'), rule('pay')]);
    const transport = createGrpcTransport({
      baseUrl: `https://127.0.0.1:${listener.port}`,
      nodeOptions: { cert: proxyKeys.certificatePem, key: proxyKeys.keyPem, ca: authority.certificatePem },
    });
    const client = createClient(SyncService, transport);
    const { resources, dangling } = await client.get({ root: 'name:mesh/shop/pay' });
    expect(resources.map(({ name }) => name)).toEqual(['mesh/shop/pay', 'stream-rule/TCPRoute/shop/pay/0']);
    expect(dangling).toEqual(['backend/shop/pay/80']);
    await expect(client.get({ root: 'name:certificate/secret' })).rejects.toMatchObject({ code: Code.PermissionDenied });
    await expect(client.get({ root: 'name:mesh/shop/nobody' })).rejects.toBeInstanceOf(ConnectError);
  });

  it('keeps little of what somebody without a certificate sends', async () => {
    const { listener } = await startServer();
    const nodeOptions = { ca: authority.certificatePem };
    const client = createClient(SyncService, createGrpcTransport({ baseUrl: `https://127.0.0.1:${listener.port}`, nodeOptions }));
    await expect(client.get({ root: 'name:a' })).rejects.toMatchObject({ code: Code.Unauthenticated });
    const large = { root: `name:${'a'.repeat(100_000)}` };
    await expect(client.get(large)).rejects.toMatchObject({ code: Code.ResourceExhausted });
  });
});
