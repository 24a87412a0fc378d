// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { connect } from 'node:net';
import { BroadcastChannel, Worker } from 'node:worker_threads';
import { createSystemRandom, systemClock } from '@weir/base';
import type { Port, Resource, SharedRateLimit } from '@weir/policy/snapshot';
import { createPlaceBuffer, createRateBuffer, sharedLoadsBytes } from '@weir/resilience';
import { createTestProvider, createTestSigner, findFreePorts, waitFor } from '@weir/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { defaultSettings } from '../engine/settings.ts';
import { openPort } from '../listen/open-port.ts';
import { loadSocketCalls } from '../listen/socket-calls.ts';
import { WorkerPool } from './worker-pool.ts';
import { createSpanBacklogs } from './span-backlogs.ts';
import { LOG_TURN_BYTES } from './log-turn.ts';
import type { ToWorker, WorkerInit, WorkerTracing } from './worker-messages.ts';

const accessLog = { format: 'off', hasColour: false, descriptor: 1 } as const;
const pools: WorkerPool[] = [];

afterEach(async () => {
  await Promise.all(pools.splice(0).map(pool => pool.stop(0)));
});

function createPool(workerCount: number): WorkerPool {
  const pool = new WorkerPool({
    workerCount,
    clock: systemClock,
    settings: defaultSettings,
    accessLog,
    onWorkerEnded: () => undefined,
    onOverload: () => undefined,
  });
  pools.push(pool);
  return pool;
}

/** Modules of a thread, by the hook through which it loads them. */
async function modulesOfWorker(...policies: readonly Resource[]): Promise<readonly string[]> {
  return modulesOf(policies, undefined);
}

async function modulesOf(policies: readonly Resource[], tracing: WorkerTracing | undefined): Promise<readonly string[]> {
  const loads = new SharedArrayBuffer(sharedLoadsBytes(16, 1));
  const rates = createRateBuffer({ tokenBuckets: 16, slidingWindows: 16 }, createSystemRandom());
  const logTurn = new SharedArrayBuffer(LOG_TURN_BYTES);
  const workerData: WorkerInit = {
    index: 0,
    column: 0,
    columnCount: 1,
    loads,
    backends: new SharedArrayBuffer(0),
    rates,
    overloads: new SharedArrayBuffer(4),
    places: createPlaceBuffer({ keys: 16, columnCount: 1 }, createSystemRandom()),
    settings: defaultSettings,
    accessLog,
    logTurn,
    tracing,
  };
  const preload = `
    import { registerHooks } from 'node:module';
    import { BroadcastChannel } from 'node:worker_threads';
    const channel = new BroadcastChannel('weir-test-modules');
    registerHooks({ load(url, context, next) { channel.postMessage(url); return next(url, context); } });`;
  const urls: string[] = [];
  const channel = new BroadcastChannel('weir-test-modules');
  channel.onmessage = event => {
    const { data }: { readonly data?: unknown } = event as object;
    urls.push(String(data));
  };
  const thread = new Worker(new URL('./worker-main.ts', import.meta.url), {
    workerData,
    execArgv: ['--import', `data:text/javascript,${encodeURIComponent(preload)}`],
  });
  const update = { transaction: { version: 1, upserts: policies, removes: [] }, slots: [], health: [], backendSlots: [] };
  thread.postMessage({ id: 1, kind: 'apply', body: { update } } satisfies ToWorker);
  await once(thread, 'message');
  await waitFor(() => urls.length > 20, { what: 'the modules that the thread loaded' });
  channel.close();
  await thread.terminate();
  return urls;
}

/** What is for policies with tokens, or with limits that several gateways share. */
const VERIFYING = /node_modules\/(jsonwebtoken|opossum|ioredis)\/|jwt\/(index|jwt-verifier)\.ts|\/key-sets\//;

/** What is for the thread that exports spans. */
const EXPORTING = /node_modules\/@opentelemetry\/|\/span-export\//;

const httpPort: Port = {
  kind: 'port',
  name: 'port/127.0.0.1/8080',
  address: '127.0.0.1',
  port: 8080,
  protocol: 'HTTP',
  proxyProtocolFrom: [],
  listeners: [{ name: 'default/edge/http', hostname: '*', protocol: 'HTTP', tls: undefined, backendCertificate: undefined }],
};

async function statusLineOf(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' }).setEncoding('utf8');
  socket.write('GET / HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n');
  let text = '';
  for await (const part of socket) text += String(part);
  return text.split('\r\n')[0] ?? '';
}

describe('a worker thread', () => {
  it('loads the engine and none of what reads documents, watches files, reads command lines or calls the system', async () => {
    const urls = await modulesOfWorker();
    expect(urls.some(url => url.endsWith('/engine/engine.ts'))).toBe(true);
    const forbidden = /node_modules\/(zod|yaml|chokidar|commander|koffi|@bufbuild)\/|policy\/src\/(documents|resolve|compile)\//;
    expect(urls.filter(url => forbidden.test(url))).toStrictEqual([]);
    expect(urls.filter(url => VERIFYING.test(url))).toStrictEqual([]);
    expect(urls.filter(url => EXPORTING.test(url))).toStrictEqual([]);
  });

  it('makes spans where tracing is on, and leaves it to the main thread to export them', async () => {
    const backlogs = createSpanBacklogs(1);
    const urls = await modulesOf([], { sampler: { isParentBased: true, ratio: 1 }, backlogs });
    expect(urls.some(url => url.endsWith('/traces/tracer.ts'))).toBe(true);
    expect(urls.filter(url => EXPORTING.test(url))).toStrictEqual([]);
  });

  it('loads what verifies tokens with the first policy that needs it, and clients of HTTP when keys are fetched', async () => {
    const signer = createTestSigner('ES256');
    const method = {
      kind: 'jwt',
      name: 'm',
      provider: createTestProvider([signer]),
      consumers: 'consumers/ns/',
      requiresConsumer: false,
    } as const;
    const urls = await modulesOfWorker({
      kind: 'accessPolicy',
      name: 'access-policy/ns/tokens',
      label: 'ns/tokens',
      isShadow: false,
      unresolved: undefined,
      addresses: undefined,
      authentication: { admitsAnonymous: false, methods: [method] },
      denyRules: [],
      allowRules: [],
      externalAuthorization: undefined,
    });
    expect(urls.some(url => url.includes('node_modules/jsonwebtoken/'))).toBe(true);
    expect(urls.filter(url => url.includes('node_modules/opossum/') || url.endsWith('/guarded-fetch.ts'))).toStrictEqual([]);
  });

  it('loads the client of Redis with the first limit that is shared, and for no other limit', async () => {
    const limits = (shared: SharedRateLimit | undefined): Resource => {
      const windows = [{ requests: 1, windowMs: 1000, burst: undefined }];
      const whose = { policy: 'ns/p', scope: 'Gateway', limit: 'l', key: [], when: undefined };
      const limit = { ...whose, algorithm: 'tokenBucket', windows, cost: 1, isPerRoute: false, isShadow: false, shared } as const;
      return {
        kind: 'trafficLimits',
        name: 'traffic-limits/a',
        unresolved: undefined,
        concurrencyLimits: [],
        faults: [],
        rateLimits: [limit],
      };
    };
    const [port = 0] = await findFreePorts(1);
    const place = { url: `redis://127.0.0.1:${port}/0`, host: '127.0.0.1', port, database: 0 };
    const store = { ...place, username: undefined, password: undefined, tls: undefined, timeoutMs: 50 };
    const ofRedis = /node_modules\/(opossum|ioredis)\//;
    expect((await modulesOfWorker(limits({ store, onFailure: 'local' }))).some(url => ofRedis.test(url))).toBe(true);
    expect((await modulesOfWorker(limits(undefined))).filter(url => ofRedis.test(url))).toStrictEqual([]);
  });

  it('answers on a port of the main thread, and so does the one that replaces it', async () => {
    const [port = 0] = await findFreePorts(1);
    const owner = { pid: process.pid, directory: '', startedAt: '' };
    const opened = await openPort({ address: '127.0.0.1', port }, { calls: await loadSocketCalls(), slotCount: 1, owner });
    const pool = createPool(1);
    void pool.push({ version: 1, upserts: [httpPort], removes: [] });
    await pool.listen(httpPort.name, opened);
    await pool.start();
    expect(await statusLineOf(port)).toMatch(/^HTTP\/1\.1 404 /);
    expect(await pool.replace(0, 1000)).toBe(true);
    expect(await statusLineOf(port)).toMatch(/^HTTP\/1\.1 404 /);
    await pool.terminate(0);
    expect(await statusLineOf(port)).toMatch(/^HTTP\/1\.1 404 /);
    const [view] = await pool.views();
    expect(view).toMatchObject({ isLive: true, version: 1, restartCount: 1 });
    opened.closeSockets();
    await pool.stop(1000);
    await opened.close();
  });

  it('binds the address itself where sockets cannot be shared', async () => {
    const [port = 0] = await findFreePorts(1);
    const owner = { pid: process.pid, directory: '', startedAt: '' };
    const opened = await openPort({ address: '127.0.0.1', port }, { calls: undefined, slotCount: 1, owner });
    const pool = createPool(1);
    void pool.push({ version: 1, upserts: [httpPort], removes: [] });
    await pool.listen(httpPort.name, opened);
    await pool.start();
    expect(await statusLineOf(port)).toMatch(/^HTTP\/1\.1 404 /);
    await pool.terminate(0);
    await waitFor(() => pool.isComplete, { what: 'the replacement to serve' });
    expect(await statusLineOf(port)).toMatch(/^HTTP\/1\.1 404 /);
    await opened.close();
  });
});
