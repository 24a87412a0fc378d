// SPDX-License-Identifier: Apache-2.0
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  answering,
  connectRaw,
  createTestAuthority,
  echo,
  findFreePorts,
  hasRedis,
  request,
  requestText,
  startRedis,
  startUpstream,
} from '@weir/testing';
import type { RequestOptions, TestDocument, Upstream } from '@weir/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ControlPlaneStage } from './stage/control-plane-stage.ts';
import { forward, gateway, route, service, tlsSecret } from './stage/documents.ts';
import { accessPolicy } from './stage/policy-documents.ts';
import { redisSecret, sharedLimit } from './stage/redis-documents.ts';

/** Each test runs several commands, each a process that takes seconds of a busy machine. */
vi.setConfig({ testTimeout: 180_000 });

const LISTER = `import { registerHooks } from 'node:module';
import { writeSync } from 'node:fs';
registerHooks({ load(url, context, next) { writeSync(1, 'module ' + url + '\\n'); return next(url, context); } });`;
const FOREIGN =
  /\/node_modules\/(?:zod|yaml|chokidar|express|helmet|@kubernetes|@opentelemetry|@peculiar|ioredis|jsonwebtoken)\/|\/policy\/src\/(?:documents|resolve|compile)\/|\/sync\/src\/server\/|\/apps\/control-plane\//v;

let backend: Upstream;
let stage: ControlPlaneStage;
let port = 0;
let tlsPort = 0;

function edge(...more: readonly Readonly<Record<string, unknown>>[]): TestDocument {
  return gateway('edge', [{ name: 'http', protocol: 'HTTP', port }, ...more]);
}

beforeEach(async () => {
  backend = await startUpstream(answering(echo('main')));
  [port = 0, tlsPort = 0] = await findFreePorts(2);
  stage = await ControlPlaneStage.open([edge(), ...service('main', [backend.port]), route('all', [forward('/main', 'main')])]);
});
afterEach(async () => {
  await stage[Symbol.asyncDispose]();
  await backend[Symbol.asyncDispose]();
});

async function get(path: string, headers: RequestOptions['headers'] = {}): Promise<number> {
  return (await request({ port }, path, { headers: { ...headers, Connection: 'close' } })).status;
}

async function getOverTls(ca: string): Promise<number> {
  const tls = { ca, servername: 'a.test' };
  const answer = await request({ port: tlsPort, tls }, '/main', { host: 'a.test', headers: { Connection: 'close' } });
  return answer.status;
}

describe('a gateway of a control plane', () => {
  it('serves what documents say, and each change of them, which counts as programmed then', async () => {
    await stage.startControlPlane();
    const running = await stage.startGateway();
    expect(await stage.readiness()).toBe('200 ok');
    expect([await get('/main/1'), await get('/basket')]).toEqual([200, 404]);
    const [other = 0] = await findFreePorts(1);
    await stage.write(edge({ name: 'other', protocol: 'HTTP', port: other }), route('all', [forward('/basket', 'main')]));
    await running.sees(/listening on 127\.0\.0\.1/v);
    await stage.answers(other, '/basket', 200);
    expect([await get('/main/1'), await get('/basket')]).toEqual([404, 200]);
    expect(await stage.run(['wait', 'HTTPRoute/default/all', '--for=programmed'])).toMatchObject({ code: 0 });
    expect((await stage.run(['status'])).out).toMatch(/^HTTPRoute\/default\/all +1\/1 +True/mv);
  });

  it('goes on without the control plane, over a restart too, and takes what it missed', async () => {
    const authority = await createTestAuthority();
    const tls = { certificateRefs: [{ name: 'a' }] };
    const https = { name: 'https', protocol: 'HTTPS', port: tlsPort, hostname: 'a.test', tls };
    await stage.write(tlsSecret('a', await authority.issue('a.test')), edge(https));
    const controlPlane = await stage.startControlPlane();
    const [state, secrets] = ['gateway', 'secrets'].map(name => join(stage.directory.path, name)) as [string, string];
    const kept = ['--state', state, '--secrets', secrets];
    const first = await stage.startGateway(kept);
    expect([await get('/main'), await getOverTls(authority.certificatePem)]).toEqual([200, 200]);
    await controlPlane.stop('SIGKILL');
    expect(await first.stop()).toEqual({ code: 0, signal: null });
    expect(await readFile(join(state, 'accepted'), 'utf8')).not.toContain('PRIVATE KEY');
    expect((await stat(join(secrets, 'certificates'))).mode & 0o777).toBe(0o600);

    const second = stage.spawnGateway(kept);
    await second.sees(/is a gateway of/v, 30_000);
    expect(await stage.readiness()).toBe('200 ok');
    expect([await get('/main'), await getOverTls(authority.certificatePem)]).toEqual([200, 200]);
    await stage.write(route('all', [forward('/basket', 'main')]));
    await stage.startControlPlane();
    await second.sees(/changed: live in/v, 40_000);
    expect([await get('/main'), await get('/basket')]).toEqual([404, 200]);
    expect(await getOverTls(authority.certificatePem)).toBe(404);
  });

  it('shows what it does to who may ask the control plane', async () => {
    await stage.startControlPlane();
    await stage.startGateway();
    expect((await stage.run(['admin'])).out).toContain('weir-system/gateway');
    expect(await stage.run(['admin', 'weir-system/gateway'])).toMatchObject({ code: 0, out: expect.stringContaining('serving') });
    const { out } = await stage.run(['admin', 'weir-system/gateway', 'snapshot']);
    expect(out).toContain('rule/default/all/0');
    expect(out).not.toContain('PRIVATE KEY');
  });

  it('answers what is under way when it is asked to end', async () => {
    await stage.startControlPlane();
    const running = await stage.startGateway();
    const asked = Promise.withResolvers<undefined>();
    const held = Promise.withResolvers<undefined>();
    await using slow = await startUpstream(async connection => {
      await connection.readRequest();
      asked.resolve(undefined);
      await held.promise;
      await connection.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate');
    });
    await stage.write(...service('slow', [slow.port]), route('slow', [forward('/slow', 'slow')]));
    await running.sees(/changed: live in/v);
    await using client = await connectRaw({ port });
    await client.send(requestText('/slow'));
    await asked.promise;
    running.process.kill('SIGTERM');
    await running.sees(/stopping: connections end after their answers/v);
    held.resolve(undefined);
    expect(await client.readResponse()).toMatchObject({ status: 200, text: 'late' });
    expect(await running.exited).toEqual({ code: 0, signal: null });
  });

  it('loads nothing that reads documents, in no thread', async () => {
    await stage.startControlPlane();
    const lister = `data:text/javascript,${encodeURIComponent(LISTER)}`;
    const running = await stage.startGateway([], { NODE_OPTIONS: `--import ${lister}` });
    expect(await get('/main')).toBe(200);
    const modules = running.stdout.split('\n').filter(line => line.startsWith('module '));
    expect(modules.some(url => url.endsWith('/fed-gateway.ts'))).toBe(true);
    expect(modules.some(url => url.endsWith('/traffic-worker.ts'))).toBe(true);
    expect(modules.filter(url => FOREIGN.test(url))).toEqual([]);
  });
});

describe('what its routes need', () => {
  it('is a sidecar by mutual TLS, which lets it in and nobody in plaintext', async () => {
    const [at = 0] = await findFreePorts(1);
    const [object, slice] = service('shop', [at]) as [TestDocument, TestDocument];
    const metadata = { ...slice.metadata, annotations: { 'weir.dev/identity': 'default/shop' } };
    const strict: TestDocument = {
      ...{ apiVersion: 'weir.dev/v1alpha1', kind: 'AccessPolicy', metadata: { name: 'strict', namespace: 'default' } },
      spec: { targetRefs: [{ group: '', kind: 'Service', name: 'shop' }], mutualTls: { mode: 'Strict' } },
    };
    await stage.write(object, { ...slice, metadata }, strict, route('shop', [forward('/shop', 'shop')]));
    const controlPlane = await stage.startControlPlane();
    const flags = ['--inbound', `127.0.0.1:${at}=127.0.0.1:${backend.port}`, '--state', join(stage.directory.path, 'shop')];
    const sidecar = await stage.startSidecar('default/shop', [...flags, '--drain-delay', '0']);
    await stage.startGateway();
    expect(await get('/shop')).toBe(200);
    await expect(request({ port: at }, '/shop')).rejects.toThrow(/ended|reset|closed/iv);
    await controlPlane.stop('SIGKILL');
    await sidecar.stop();
    await stage.spawnSidecar('default/shop', flags).sees(/is the sidecar of/v, 30_000);
    await stage.answers(port, '/shop', 200);
  });

  it.skipIf(!hasRedis())('is consumers with their keys, and a store with its password', async () => {
    await using redis = await startRedis({ options: ['--requirepass', 'sesame'] });
    const spec = { authentication: { methods: [{ name: 'keys', apiKey: { from: [{ header: 'X-API-Key' }] } }] } };
    const name = { name: 'acme', namespace: 'default' };
    const key = 'acme-0123456789abcdef';
    const store = { url: `redis://127.0.0.1:${redis.port}/1`, timeout: '5s', credentialsRef: { name: 'redis' } };
    await stage.write(
      { apiVersion: 'v1', kind: 'Secret', metadata: name, stringData: { 'api-key': key } },
      { apiVersion: 'weir.dev/v1alpha1', kind: 'Consumer', metadata: name, spec: { apiKeys: [{ secretRef: { name: 'acme' } }] } },
      accessPolicy('all', spec),
      route('limited', [forward('/limited', 'main')]),
      redisSecret('sesame'),
      sharedLimit('limited', store),
    );
    await stage.startControlPlane();
    await stage.startGateway();
    expect([await get('/main'), await get('/main', { 'X-API-Key': key })]).toEqual([401, 200]);
    expect([await get('/limited'), await get('/limited'), await get('/limited')]).toEqual([200, 200, 429]);
  });
});

describe('weir gateway', () => {
  it('says what is missing on its command line', async () => {
    const run = async (flags: readonly string[], env: Readonly<Record<string, string>> = {}) => {
      const child = stage.spawnGateway(flags, env);
      const { code } = await child.exited;
      return { code, err: child.stderr };
    };
    expect(await run([])).toMatchObject({ code: 2, err: expect.stringContaining('nothing says who this is') });
    expect(await run(['--join-file', '/none'])).toMatchObject({ code: 2, err: expect.stringContaining('cannot be read') });
    expect(await run([], { WEIR_JOIN: 'sesame' })).toMatchObject({ code: 2 });
    expect(await run(['--control-plane', 'here'])).toMatchObject({ code: 2, err: expect.stringContaining('Write ADDRESS:PORT') });
  });

  it('names who has its port, where it has no other', async () => {
    await stage.write(gateway('edge', [{ name: 'http', protocol: 'HTTP', port: backend.port }]));
    await stage.startControlPlane();
    const blocked = stage.spawnGateway([], { WEIR_JOIN: await stage.joinText('weir-system/gateway') });
    expect(await blocked.exited).toMatchObject({ code: 3 });
    expect(blocked.stderr).toContain(`127.0.0.1:${backend.port}`);
  });
});
