// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { get, request } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import type { AccessPolicy, Certificate, Consumers, Resource, Snapshot, TrafficLimits } from '@weir/policy/snapshot';
import { createRegistry } from '@weir/telemetry';
import { createManualClock, createTempDirectory, createTestProvider, createTestSigner, findFreePorts } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { adminSocketPath, openAdminDirectory } from './admin-directory.ts';
import { openAdminServer } from './admin-server.ts';
import type { AdminView } from './admin-server.ts';
import { textAnswer } from './http-server.ts';
import { openMetricsServer } from './metrics-server.ts';
import { NoteLog } from './note-log.ts';
import type { Readiness } from './health-routes.ts';

async function textOf(options: RequestOptions): Promise<{ readonly status: number | undefined; readonly text: string }> {
  const asking = request(options).end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += String(part);
  return { status: response.statusCode, text };
}

const certificate: Certificate = {
  kind: 'certificate',
  name: 'certificate/shop/tls',
  chainPem: 'chain',
  keyPem: 'very secret',
  dnsNames: ['shop.example'],
  notAfterMs: 0,
};
const signer = createTestSigner('HS256');
const method = {
  kind: 'jwt',
  name: 'machines',
  provider: createTestProvider([signer]),
  consumers: 'consumers/shop/',
  requiresConsumer: false,
} as const;
const asked = {
  kind: 'introspection',
  name: 'people',
  sources: [],
  endpoint: {
    backend: 'https://issuer.example',
    label: 'https://issuer.example',
    path: '/',
    query: undefined,
    host: 'issuer.example',
  },
  client: { id: 'weir', secret: 'sesame' },
  issuer: undefined,
  audiences: [],
  scopes: [],
  timeoutMs: 1000,
  maxAgeMs: 0,
  isForwarded: false,
} as const;
const policy: AccessPolicy = {
  kind: 'accessPolicy',
  name: 'access-policy/shop/tokens',
  label: 'shop/tokens',
  isShadow: false,
  unresolved: '',
  addresses: { allow: undefined, deny: [] },
  authentication: { admitsAnonymous: false, methods: [method, asked] },
  denyRules: [],
  allowRules: [],
  externalAuthorization: undefined,
};
const place = { url: 'redis://redis:6379/0', host: 'redis', port: 6379, database: 0 };
const store = { ...place, username: 'weir', password: 'abracadabra', tls: undefined, timeoutMs: 100 };
const limits: TrafficLimits = {
  kind: 'trafficLimits',
  name: 'traffic-limits/Gateway:shop/edge',
  unresolved: undefined,
  concurrencyLimits: [],
  faults: [],
  rateLimits: [
    {
      ...{ policy: 'shop/edge', scope: 'Gateway', limit: 'all', algorithm: 'tokenBucket', key: [], cost: 1 },
      ...{ windows: [{ requests: 1, windowMs: 1000, burst: undefined }], isPerRoute: false, when: undefined, isShadow: false },
      shared: { store, onFailure: 'local' },
    },
  ],
};
const consumers: Consumers = {
  kind: 'consumers',
  name: 'consumers/shop/',
  consumers: [
    {
      ...{ label: 'shop/ann', groups: [], apiKeys: [], certificates: [], tokens: [] },
      passwords: [{ username: 'ann', hash: '$scrypt$guessable', expiresMs: 0 }],
    },
  ],
};
const snapshot: Snapshot = {
  version: 3,
  resources: new Map<string, Resource>([
    [certificate.name, certificate],
    [policy.name, policy],
    [limits.name, limits],
    [consumers.name, consumers],
  ]),
};

function viewWith(part: Partial<AdminView>): AdminView {
  return {
    status: () => ({ problems: [] }),
    snapshot: () => snapshot,
    listeners: () => [],
    workers: () => Promise.resolve([]),
    replaceWorker: () => Promise.resolve(true),
    terminateWorker: () => Promise.resolve(true),
    metrics: () => Promise.resolve([]),
    ...part,
  };
}

describe('the admin socket', () => {
  it('shows the snapshot without keys, to this user only', async () => {
    await using folder = await createTempDirectory();
    const server = await openAdminServer(join(folder.path, 'a.sock'), viewWith({}));
    const answer = await textOf({ socketPath: server.path, path: '/snapshot' });
    expect(answer.text).not.toContain(signer.jwk.k);
    expect(answer.text).not.toContain('sesame');
    expect(answer.text).not.toContain('guessable');
    expect(answer.text).not.toContain('abracadabra');
    expect(JSON.parse(answer.text)).toMatchObject({
      version: 3,
      resources: [
        { ...certificate, keyPem: '(not shown)' },
        {
          label: 'shop/tokens',
          authentication: {
            methods: [{ provider: { keys: { kind: 'inline', jwks: '(not shown)' } } }, { client: { id: 'weir' } }],
          },
        },
        { rateLimits: [{ shared: { store: { username: 'weir', password: '(not shown)' } } }] },
        { consumers: [{ passwords: [{ username: 'ann', hash: '(not shown)' }] }] },
      ],
    });
    expect((await stat(server.path)).mode & 0o777).toBe(0o600);
    await server.close();
  });

  it('ends and replaces workers by their index', async () => {
    await using folder = await createTempDirectory();
    const done: string[] = [];
    const view = viewWith({
      replaceWorker: index => Promise.resolve(done.push(`replace ${index}`) > 0),
      terminateWorker: () => Promise.resolve(false),
    });
    const server = await openAdminServer(join(folder.path, 'a.sock'), view);
    const post = async (path: string): Promise<number | undefined> =>
      (await textOf({ socketPath: server.path, path, method: 'POST' })).status;
    expect([
      await post('/workers/1/replace'),
      await post('/workers/0/terminate'),
      await post('/workers/x/replace'),
    ]).toStrictEqual([200, 409, 404]);
    expect(done).toStrictEqual(['replace 1']);
    await server.close();
  });

  it('shows metrics, and answers HEAD where there is something to GET', async () => {
    await using folder = await createTempDirectory();
    const registry = createRegistry();
    registry.counter('weir_worker_restarts_total', []).add(2);
    const view = viewWith({ metrics: () => Promise.resolve([registry.dump()]), notes: new NoteLog(createManualClock(0)) });
    const server = await openAdminServer(join(folder.path, 'a.sock'), view);
    const ask = (path: string, verb = 'GET') => textOf({ socketPath: server.path, path, method: verb });
    expect((await ask('/metrics')).text).toContain('\nweir_worker_restarts_total 2\n');
    for (const path of ['/status', '/metrics', '/notes']) {
      expect(await ask(path, 'HEAD')).toStrictEqual({ status: 200, text: '' });
    }
    await server.close();
  });

  it('lets whoever asks read along', async () => {
    await using folder = await createTempDirectory();
    const notes = new NoteLog(createManualClock(0));
    const server = await openAdminServer(join(folder.path, 'a.sock'), viewWith({ notes }));
    notes.add('before');
    const [response] = (await once(get({ socketPath: server.path, path: '/notes' }), 'response')) as [IncomingMessage];
    response.on('error', () => undefined).setEncoding('utf8');
    const time = '1970-01-01T00:00:00.000Z';
    expect(await once(response, 'data')).toEqual([`${JSON.stringify({ time, text: 'before' })}\n`]);
    notes.add('after');
    expect(await once(response, 'data')).toEqual([`${JSON.stringify({ time, text: 'after' })}\n`]);
    await server.close();
  });

  it('says what failed', async () => {
    await using folder = await createTempDirectory();
    const view = viewWith({ workers: () => Promise.reject(new Error('no answer')) });
    const server = await openAdminServer(join(folder.path, 'a.sock'), view);
    expect(await textOf({ socketPath: server.path, path: '/workers' })).toStrictEqual({ status: 500, text: 'no answer\n' });
    await server.close();
  });
});

describe('what else the admin socket answers', () => {
  it('is asked where it has nothing of its own, and gets the body', async () => {
    await using folder = await createTempDirectory();
    const path = join(folder.path, '1.sock');
    const routes: AdminView['routes'] = route =>
      route.startsWith('POST ') ? async incoming => textAnswer(202, `${route}: ${await readAll(incoming)}`) : undefined;
    const server = await openAdminServer(path, viewWith({ routes }));
    const asking = request({ socketPath: path, path: '/more', method: 'POST' }).end('please');
    const [response] = (await once(asking, 'response')) as [IncomingMessage];
    expect([response.statusCode, await readAll(response)]).toEqual([202, 'POST /more: please\n']);
    expect(await textOf({ socketPath: path, path: '/more' })).toMatchObject({ status: 404 });
    expect(await textOf({ socketPath: path, path: '/workers' })).toMatchObject({ status: 200 });
    await server.close();
  });
});

describe('the directory of admin sockets', () => {
  it('is private to the user', async () => {
    await using folder = await createTempDirectory();
    const directory = await openAdminDirectory({ runtime: undefined, temporary: folder.path });
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect(await openAdminDirectory({ runtime: folder.path, temporary: '/' })).toBe(join(folder.path, 'weir'));
  });

  it('loses the sockets on which nobody listens, and nothing else', async () => {
    await using folder = await createTempDirectory();
    const directory = await openAdminDirectory({ runtime: folder.path, temporary: '/' });
    const server = await openAdminServer(adminSocketPath(directory, 1), viewWith({}));
    // What connects to it is refused, as by the socket of a process that was killed.
    await writeFile(adminSocketPath(directory, 2), '');
    await writeFile(join(directory, 'notes'), '');

    await openAdminDirectory({ runtime: folder.path, temporary: '/' });

    expect((await readdir(directory)).toSorted()).toEqual(['1.sock', 'notes']);
    await server.close();
  });

  it('is refused where others may enter it', async () => {
    await using folder = await createTempDirectory();
    await mkdir(join(folder.path, 'weir'), { mode: 0o755 });
    await expect(openAdminDirectory({ runtime: folder.path, temporary: '/' })).rejects.toThrow('(mode 700)');
  });
});

describe('the metrics server', () => {
  it('tells whether traffic should come, and why not', async () => {
    let readiness: Readiness = { isReady: false, reason: 'the first configuration is not live yet' };
    const server = await openMetricsServer(
      { address: '127.0.0.1', port: 0, maxSeries: 2_000 },
      { metrics: () => Promise.resolve([]), readiness: () => readiness },
    );
    const ask = (path: string) => textOf({ host: '127.0.0.1', port: server.port, path, agent: false });
    expect(await ask('/livez')).toStrictEqual({ status: 200, text: 'ok\n' });
    expect(await ask('/readyz')).toStrictEqual({ status: 503, text: 'the first configuration is not live yet\n' });
    readiness = { isReady: true };
    expect(await ask('/readyz')).toStrictEqual({ status: 200, text: 'ok\n' });
    expect((await ask('/status')).status).toBe(404);
    await server.close();
  });

  it('adds up what the threads counted', async () => {
    const dumps = [1, 2].map(count => {
      const registry = createRegistry();
      registry.counter('weir_worker_restarts_total', []).add(count);
      return registry.dump();
    });
    const server = await openMetricsServer(
      { address: '127.0.0.1', port: 0, maxSeries: 2_000 },
      { metrics: () => Promise.resolve(dumps), readiness: () => ({ isReady: true }) },
    );
    const { text } = await textOf({ host: '127.0.0.1', port: server.port, path: '/metrics', agent: false });
    expect(text).toContain('\nweir_worker_restarts_total 3\n');
    await server.close();
  });

  it('has no more time series than it may, however often it is read', async () => {
    const registry = createRegistry();
    for (let route = 0; route < 500; route++) {
      registry.counter('weir_http_retries_total', ['edge', `route-${route}`, 'shop']).add(1);
    }
    const server = await openMetricsServer(
      { address: '127.0.0.1', port: 0, maxSeries: 300 },
      { metrics: () => Promise.resolve([registry.dump()]), readiness: () => ({ isReady: true }) },
    );
    const read = async (): Promise<string> =>
      (await textOf({ host: '127.0.0.1', port: server.port, path: '/metrics', agent: false })).text;
    const first = await read();
    expect(first.split('\n').filter(line => line.startsWith('weir_')).length).toBeLessThanOrEqual(300);
    expect(first).toContain('weir_http_retries_total{listener="_overflow",route="_overflow",backend="_overflow"} ');
    expect(await read()).toBe(first);
    await server.close();
  });

  it('names who has its port and the flag to choose another', async () => {
    const [port = 0] = await findFreePorts(1);
    const foreign = createServer().listen(port, '127.0.0.1');
    await once(foreign, 'listening');
    const view = { metrics: () => Promise.resolve([]), readiness: () => ({ isReady: true }) as const };
    await expect(openMetricsServer({ address: '127.0.0.1', port, maxSeries: 2_000 }, view)).rejects.toMatchObject({
      code: 'taken',
      message: expect.stringContaining(`cannot listen on 127.0.0.1:${port} for metrics: process ${process.pid} listens there (`),
      hint: 'choose another place with --metrics-address ADDRESS:PORT, or none with --metrics-address off',
    });
    foreign.close();
  });
});
