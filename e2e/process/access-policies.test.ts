// SPDX-License-Identifier: Apache-2.0
import { documentFile, findFreePorts, requestText, runWeir, startLoad, waitFor, writeDocument } from '@weir/testing';
import type { RequestOptions, TestDocument } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backend, forward, gateway, prefix, route } from './stage/documents.ts';
import type { Fields } from './stage/documents.ts';
import { liveEverywhere } from './stage/live-everywhere.ts';
import { openStage, PROTOCOLS } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';
import { streamRoute } from './stage/stream-documents.ts';
import { converse, repeating } from './stage/stream-servers.ts';

const ACME = 'acme-0123456789abcdef';
const NEXT = 'next-0123456789abcdef';
const BASIC = 'basic-0123456789abcdef';

let stage: Stage;
let tcpPorts: readonly number[];

const apiKeys = (more: Fields = {}): Fields => ({
  methods: [{ name: 'keys', apiKey: { from: [{ header: 'X-API-Key' }, { query: 'key' }, { cookie: 'key' }] } }],
  ...more,
});
const rule = (name: string, action: 'Allow' | 'Deny', more: Fields = {}): Fields => ({ name, action, ...more });

function policy(name: string, kind: string, target: string, spec: Fields, section?: string): TestDocument {
  const group = kind === 'Service' || kind === 'Namespace' ? '' : 'gateway.networking.k8s.io';
  const sectionName = section === undefined ? {} : { sectionName: section };
  return {
    apiVersion: 'weir.dev/v1alpha1',
    kind: 'AccessPolicy',
    metadata: { name, namespace: 'default' },
    spec: { targetRefs: [{ group, kind, name: target, ...sectionName }], ...spec },
  };
}

function consumer(name: string, groups: readonly string[], ...secrets: readonly string[]): TestDocument {
  return {
    apiVersion: 'weir.dev/v1alpha1',
    kind: 'Consumer',
    metadata: { name, namespace: 'default' },
    spec: { groups, apiKeys: secrets.map(key => ({ secretRef: { name: key } })) },
  };
}

function secret(name: string, key: string): TestDocument {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'default' }, stringData: { 'api-key': key } };
}

const gold = { rules: [rule('gold', 'Allow', { groups: ['gold'] }), rule('no-delete', 'Deny', { methods: ['DELETE'] })] };
const changing = (addresses: Fields): TestDocument => policy('changing', 'HTTPRoute', 'changing', { addresses });
const admitsLoopback = { allow: ['127.0.0.0/8'] };
const mirror = { type: 'RequestMirror', requestMirror: { backendRef: backend('own') } };

beforeAll(async () => {
  tcpPorts = await findFreePorts(2);
  const [admitted = 0, refused = 0] = tcpPorts;
  stage = await openStage({
    backends: { main: 'echo', own: 'echo', db: repeating('db') },
    flags: ['--workers', '2'],
    documents: [
      ...[secret('acme', ACME), secret('next', NEXT), secret('basic', BASIC)],
      ...[consumer('acme', ['gold'], 'acme'), consumer('basic', [], 'basic')],
      route('guarded', [forward('/guarded', 'main'), { ...forward('/guarded/public', 'main'), name: 'public' }]),
      policy('keys', 'HTTPRoute', 'guarded', {
        relaxable: [{ part: 'authentication' }, { part: 'authorization' }],
        authentication: apiKeys(),
        authorization: gold,
      }),
      policy('public', 'HTTPRoute', 'guarded', { relax: ['authentication', 'authorization'] }, 'public'),
      route('twice', [forward('/twice', 'own')]),
      policy('twice', 'HTTPRoute', 'twice', { authentication: apiKeys() }),
      policy('own', 'Service', 'own', { authentication: apiKeys(), authorization: gold }),
      route('copied', [forward('/copied', 'main', { filters: [mirror] })]),
      route('changing', [forward('/changing', 'main')]),
      changing(admitsLoopback),
      route('moved', [{ matches: [prefix('/moved')], filters: [{ type: 'RequestRedirect', requestRedirect: { port: 81 } }] }]),
      policy('moved', 'HTTPRoute', 'moved', { authentication: apiKeys() }),
      route('trial', [forward('/trial', 'main')]),
      policy('trial', 'HTTPRoute', 'trial', { mode: 'Shadow', authorization: { defaultAction: 'Deny' } }),
      gateway('tcp', [
        { name: 'admitted', protocol: 'TCP', port: admitted },
        { name: 'refused', protocol: 'TCP', port: refused },
      ]),
      streamRoute('TCPRoute', 'admitted', { parent: { name: 'tcp' }, listener: 'admitted', backends: [backend('db')] }),
      streamRoute('TCPRoute', 'refused', { parent: { name: 'tcp' }, listener: 'refused', backends: [backend('db')] }),
      policy('tcp', 'Gateway', 'tcp', { addresses: admitsLoopback }),
      policy('refused', 'Gateway', 'tcp', { addresses: { deny: ['127.0.0.0/8'] } }, 'refused'),
    ],
  });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

const withKey = (key: string): RequestOptions => ({ headers: { 'X-API-Key': key } });

describe.each(PROTOCOLS)('access policies over %s', protocol => {
  it.each([
    ['header', '/guarded', withKey(ACME)],
    ['query', `/guarded?a=1&key=${ACME}`, {}],
    ['cookie', '/guarded', { headers: { Cookie: `a=1; key=${ACME}` } }],
  ] satisfies readonly [string, string, RequestOptions][])(
    'admit by a key in the %s, which goes no further',
    async (_, target, options) => {
      const seen = await stage.echo(protocol, target, options);
      expect(JSON.stringify(seen)).not.toContain(ACME);
    },
  );

  it('answer 401 with a challenge, 403 without, and tell nothing of the reason', async () => {
    const nobody = await stage.send(protocol, '/guarded');
    expect([nobody.status, nobody.header('www-authenticate')]).toEqual([401, 'ApiKey']);
    const refused = await stage.send(protocol, '/guarded', withKey(BASIC));
    expect([refused.status, refused.header('www-authenticate')]).toEqual([403, undefined]);
    const denied = await stage.send(protocol, '/guarded', { ...withKey(ACME), method: 'DELETE' });
    expect(denied.status).toBe(403);
    for (const { text } of [nobody, refused, denied]) expect(text).not.toMatch(/keys|gold|no-delete|basic|AccessPolicy/u);
  });

  it('answer before a redirect, and hold for HEAD', async () => {
    expect((await stage.send(protocol, '/moved')).status).toBe(401);
    expect((await stage.send(protocol, '/moved', withKey(ACME))).status).toBe(302);
    expect((await stage.send(protocol, '/guarded', { method: 'HEAD' })).status).toBe(401);
  });

  it('are relaxed where the wider one lets it', async () => {
    expect((await stage.send(protocol, '/guarded/public')).status).toBe(200);
  });

  it('of a route and of its Service look at the same key', async () => {
    expect((await stage.send(protocol, '/twice', withKey(ACME))).status).toBe(200);
    expect((await stage.send(protocol, '/twice', withKey(BASIC))).status).toBe(403);
  });

  it('that only look on refuse nothing, and say so in the log', async () => {
    expect((await stage.send(protocol, '/trial')).status).toBe(200);
    await waitFor(() => stage.weir.accessLog.some(({ path, shadow }) => path === '/trial' && shadow === 'default/trial'), {
      what: () => `the line\n${stage.weir.child.stdout}`,
    });
  });
});

describe.each(['h2c', 'h2'] as const)('a gRPC call over %s', protocol => {
  it('gets UNAUTHENTICATED or PERMISSION_DENIED', async () => {
    const call = (headers: Record<string, string>): ReturnType<Stage['send']> =>
      stage.send(protocol, '/guarded', {
        method: 'POST',
        headers: { 'content-type': 'application/grpc', te: 'trailers', ...headers },
      });
    const [nobody, refused] = [await call({}), await call({ 'x-api-key': BASIC })];
    expect([nobody.status, nobody.header('grpc-status')]).toEqual([200, '16']);
    expect([refused.status, refused.header('grpc-status')]).toEqual([200, '7']);
  });
});

describe('a mirror', () => {
  it('gets no copy of a request that its Service would refuse', async () => {
    const own = stage.upstream('own');
    const before = own.requests.length;
    expect((await stage.send('http', '/copied')).status).toBe(200);
    expect((await stage.send('http', '/copied?known', withKey(ACME))).status).toBe(200);
    await waitFor(() => own.requests.length > before, { what: 'the copy' });
    expect(own.requests.map(({ target }) => target).filter(target => target.startsWith('/copied'))).toEqual(['/copied?known']);
  });
});

describe('keys', () => {
  it('never come into the log, also where they are wrong or the request is refused', async () => {
    const wrong = 'wrong-0123456789abcdef';
    await stage.send('http', `/guarded?key=${wrong}`);
    await stage.send('http', `/guarded?key=${BASIC}`);
    await waitFor(() => stage.weir.accessLog.filter(({ path }) => String(path).includes('key=[hidden]')).length >= 2, {
      what: () => `both lines\n${stage.weir.child.stdout}`,
    });
    for (const key of [wrong, ACME, BASIC]) expect(stage.weir.child.output).not.toContain(key);
  });

  it('are rotated without a refused request: both are valid, then the new one', async () => {
    const statusOf = async (key: string): Promise<number> => (await stage.send('http', '/guarded', withKey(key))).status;
    await writeDocument(stage.weir.directory, consumer('acme', ['gold'], 'acme', 'next'));
    await liveEverywhere(stage.weir, async () => (await statusOf(NEXT)) === 200);
    expect(await statusOf(ACME)).toBe(200);
    await writeDocument(stage.weir.directory, consumer('acme', ['gold'], 'next'));
    await liveEverywhere(stage.weir, async () => (await statusOf(ACME)) === 401);
    expect(await statusOf(NEXT)).toBe(200);
    await writeDocument(stage.weir.directory, consumer('acme', ['gold'], 'acme'));
    await liveEverywhere(stage.weir, async () => (await statusOf(ACME)) === 200);
  });
});

describe('a policy', () => {
  const statusOfChanging = async (): Promise<number> => (await stage.send('http', '/changing')).status;

  it('is edited under load without a failed request, and takes effect', async () => {
    const load = startLoad({ at: stage.at('http'), clientCount: 4, requestText: requestText('/changing') });
    for (let i = 1; i <= 20; i++) {
      const addresses = { allow: ['127.0.0.0/8', `192.0.2.${i}`] };
      await writeDocument(stage.weir.directory, changing(addresses));
      await liveEverywhere(stage.weir, async () => (await statusOfChanging()) === 200);
    }
    const report = await load.stop();
    expect([...report.failures]).toEqual([]);
    await writeDocument(stage.weir.directory, changing({ deny: ['127.0.0.1'] }));
    await liveEverywhere(stage.weir, async () => (await statusOfChanging()) === 403);
  });

  it('keeps its last good version when an edit is wrong, and the others with it', async () => {
    await writeDocument(stage.weir.directory, changing({ deny: ['127.0.0.1/99'] }));
    await waitFor(() => stage.weir.child.output.includes('127.0.0.1/99'), { what: 'the complaint' });
    expect(await statusOfChanging()).toBe(403);
  });

  it('that is taken away holds no longer', async () => {
    await stage.weir.directory.remove(documentFile(changing({})));
    await liveEverywhere(stage.weir, async () => (await statusOfChanging()) === 200);
  });
});

describe('a connection that is carried whole', () => {
  it('is admitted or refused by its address', async () => {
    const [admitted = 0, refused = 0] = tcpPorts;
    expect(await converse({ port: admitted }, 'hello')).toBe('db:hello');
    await expect(converse({ port: refused }, 'hello')).rejects.toThrow(/reset|ECONNRESET|EPIPE/v);
    await waitFor(() => stage.weir.accessLog.some(({ fault }) => fault === 'access_denied'), { what: 'the line' });
  });
});

describe('explain', () => {
  it.each([
    ['/guarded', undefined],
    ['/guarded', ACME],
    ['/guarded', BASIC],
    ['/guarded/public', undefined],
    ['/twice', ACME],
    ['/twice', BASIC],
    ['/moved', undefined],
    ['/trial', undefined],
  ])('says of %s with key %s what the gateway does', async (target, key) => {
    const { status } = await stage.send('http', target, key === undefined ? {} : withKey(key));
    const header = key === undefined ? [] : ['-H', `x-api-key: ${key}`];
    const url = `http://localhost:${stage.ports.http}${target}`;
    const { stdout } = await runWeir(['explain', stage.weir.directory.path, 'GET', url, '-o', 'json', ...header]);
    const { answer } = JSON.parse(stdout) as { readonly answer: { readonly kind: string; readonly status?: number } };
    expect(answer.kind === 'forwarded' ? 200 : answer.status).toBe(status);
  });
});
