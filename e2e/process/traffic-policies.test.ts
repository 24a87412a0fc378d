// SPDX-License-Identifier: Apache-2.0
import { answering, documentFile, reply, requestText, runWeir, startLoad, waitFor, writeDocument } from '@weir/testing';
import type { RawResponse, RequestOptions, TestDocument, UpstreamScript } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backend, forward, prefix, route } from './stage/documents.ts';
import { liveEverywhere } from './stage/live-everywhere.ts';
import { openStage } from './stage/open-stage.ts';
import type { Protocol, Stage } from './stage/open-stage.ts';
import { limitOf, trafficPolicy } from './stage/traffic-documents.ts';

const PROTOCOLS = ['http', 'h2c'] as const;
const WORKERS = 2;
/** Callers are told apart by the protocol that a test runs over, so that each has counts of its own. */
const BY_RUN = { key: [{ by: 'Header', header: 'x-run' }] };
const FLOW = { requests: 200, per: '10s', burst: 50 };

let stage: Stage;

/** Fails the first attempt of each request that names itself. */
function flaky(): UpstreamScript {
  const seen = new Set<string>();
  return answering(request => {
    const isFirst = !seen.has(request.target);
    seen.add(request.target);
    return reply(isFirst ? { status: 503 } : { body: 'at last' });
  });
}

function key(name: string, secret: string): readonly TestDocument[] {
  const metadata = { name, namespace: 'default' };
  return [
    { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { 'api-key': secret } },
    { apiVersion: 'weir.dev/v1alpha1', kind: 'Consumer', metadata, spec: { apiKeys: [{ secretRef: { name } }] } },
  ];
}

const apiKeys: TestDocument = {
  apiVersion: 'weir.dev/v1alpha1',
  kind: 'AccessPolicy',
  metadata: { name: 'keys', namespace: 'default' },
  spec: {
    targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'known' }],
    authentication: { methods: [{ name: 'keys', apiKey: { from: [{ header: 'X-API-Key' }] } }] },
  },
};

const changing = (request: string): TestDocument => trafficPolicy('changing', 'changing', { timeouts: { request } });
const retries = { attempts: 3, statusCodes: [503], backoff: '1ms' };

beforeAll(async () => {
  stage = await openStage({
    backends: {
      main: 'echo',
      own: 'echo',
      flaky: flaky(),
      dead: answering(() => reply({ status: 503 })),
      silent: answering(() => undefined),
    },
    flags: ['--workers', String(WORKERS), '--trusted-hops', '1'],
    documents: [
      route('flow', [forward('/flow', 'main')]),
      trafficPolicy('flow', 'flow', { rateLimits: [{ name: 'flow', windows: [FLOW], ...BY_RUN }] }),
      route('few', [forward('/few', 'main')]),
      trafficPolicy('few', 'few', { rateLimits: [limitOf('few', 2, BY_RUN)] }),
      ...[...key('acme', 'acme-0123456789abcdef'), ...key('basic', 'basic-0123456789abcdef'), apiKeys],
      route('known', [forward('/known', 'main')]),
      trafficPolicy('known', 'known', { rateLimits: [limitOf('each', 1, { key: [{ by: 'Consumer' }, ...BY_RUN.key] })] }),
      route('places', [forward('/places', 'main')]),
      trafficPolicy('places', 'places', { rateLimits: [limitOf('each', 1, { key: [{ by: 'Address' }] })] }),
      route('writes', [forward('/writes', 'main')]),
      trafficPolicy('writes', 'writes', { rateLimits: [limitOf('writes', 1, { ...BY_RUN, when: { methods: ['POST'] } })] }),
      route('trial', [forward('/trial', 'main')]),
      trafficPolicy('trial', 'trial', { rateLimits: [limitOf('trial', 1, { ...BY_RUN, mode: 'Shadow' })] }),
      ...['a', 'b'].map(name => route(`apart-${name}`, [forward(`/apart-${name}`, 'own')])),
      trafficPolicy(
        'own',
        { target: 'own', kind: 'Service' },
        { rateLimits: [limitOf('apart', 1, { ...BY_RUN, per: 'Route' })] },
      ),
      route('twice', [forward('/twice', 'main')]),
      trafficPolicy(
        'all',
        { target: 'default', kind: 'Namespace' },
        { rateLimits: [limitOf('twice', 2, { ...BY_RUN, when: { paths: [prefix('/twice')['path']] } })] },
      ),
      route('nowhere', [
        { matches: [prefix('/nowhere')] },
        { matches: [prefix('/nobody')], backendRefs: [backend('main', { weight: 0 })] },
      ]),
      trafficPolicy('nowhere', 'nowhere', { rateLimits: [limitOf('nowhere', 2, BY_RUN)] }),
      route('calls', [forward('/a.B', 'main')]),
      trafficPolicy('calls', 'calls', { rateLimits: [limitOf('calls', 1, BY_RUN)] }),
      route('flaky', [forward('/flaky', 'flaky')]),
      trafficPolicy('flaky', 'flaky', { retry: retries }),
      route('all', [forward('/all-methods', 'flaky')]),
      trafficPolicy('all-methods', 'all', { retry: { ...retries, methods: 'All' } }),
      route('dead', [forward('/dead', 'dead')]),
      trafficPolicy('dead', 'dead', { retry: retries }),
      route('slow', [
        { ...forward('/slow/nearest', 'silent'), name: 'nearest' },
        forward('/slow/inline', 'silent', { timeouts: { request: '100ms' } }),
      ]),
      trafficPolicy('slow', 'slow', { timeouts: { request: '30s' } }),
      trafficPolicy('nearest', { target: 'slow', section: 'nearest' }, { timeouts: { request: '100ms' } }),
      route('forced', [forward('/forced', 'silent', { timeouts: { request: '30s' } })]),
      trafficPolicy('forced', 'forced', { precedence: 'Override', timeouts: { request: '100ms' } }),
      route('changing', [forward('/changing', 'main')]),
      changing('10s'),
    ],
  });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

function ask(protocol: Protocol, target: string, { headers, ...options }: RequestOptions = {}): Promise<RawResponse> {
  return stage.send(protocol, target, { ...options, headers: { 'x-run': protocol, ...headers } });
}

async function statuses(
  protocol: Protocol,
  ...requests: readonly (readonly [string, RequestOptions?])[]
): Promise<readonly number[]> {
  const answers: number[] = [];
  for (const [target, options] of requests) answers.push((await ask(protocol, target, options)).status);
  return answers;
}

/** So many requests over several connections at once, which come to several workers. */
async function burst(protocol: Protocol, target: string, count: number): Promise<readonly number[]> {
  const share = count / 10;
  const headers = { 'x-run': protocol };
  const runs = Array.from({ length: 10 }, async () => {
    await using client = await stage.open(protocol);
    const answers: number[] = [];
    for (let i = 0; i < share; i++) answers.push((await client.request(target, { headers })).status);
    return answers;
  });
  return (await Promise.all(runs)).flat();
}

describe.each(PROTOCOLS)('a rate limit over %s', protocol => {
  it('is exact over all workers', async () => {
    const startMs = performance.now();
    const answers = await burst(protocol, '/flow', 1000);
    const seconds = (performance.now() - startMs) / 1000;
    const admitted = answers.filter(status => status === 200).length;
    expect(admitted).toBeGreaterThanOrEqual(FLOW.burst);
    expect(admitted).toBeLessThanOrEqual(FLOW.burst + 20 * seconds + 1);
    expect(answers.filter(status => status === 429)).toHaveLength(1000 - admitted);
  });

  it('tells callers what is left, and when to come back', async () => {
    const [first, second, refused] = [await ask(protocol, '/few'), await ask(protocol, '/few'), await ask(protocol, '/few')];
    expect(first.header('ratelimit-policy')).toBe('"few";q=2;w=86400');
    expect([first, second].map(answer => answer.header('ratelimit')?.split(';')[1])).toEqual(['r=1', 'r=0']);
    expect([refused.status, refused.header('content-type')]).toEqual([429, 'application/problem+json']);
    expect(refused.header('ratelimit')).toMatch(/^"few";r=0;t=\d+$/v);
    const seconds = Number(refused.header('retry-after'));
    expect(seconds).toBeGreaterThan(43_000);
    expect(seconds).toBeLessThanOrEqual(43_200);
  });

  it('counts each Consumer apart', async () => {
    const by = (secret: string): [string, RequestOptions] => [
      '/known',
      { headers: { 'X-API-Key': `${secret}-0123456789abcdef` } },
    ];
    expect(await statuses(protocol, by('acme'), by('acme'), by('basic'), ['/known'])).toEqual([200, 429, 200, 401]);
  });

  it('counts each address apart, behind the hop that is trusted', async () => {
    const from = (address: string): [string, RequestOptions] => ['/places', { headers: { 'X-Forwarded-For': address } }];
    const base = protocol === 'http' ? '192.0.2' : '198.51.100';
    const seen = await statuses(
      protocol,
      from(`${base}.1`),
      from(`${base}.1`),
      from(`::ffff:${base}.1`),
      from(`::ffff:${base}.2`),
    );
    expect(seen).toEqual([200, 429, 429, 200]);
  });

  it('counts what fits its conditions', async () => {
    const post = { method: 'POST', body: 'x' };
    expect(await statuses(protocol, ['/writes', post], ['/writes', post], ['/writes'])).toEqual([200, 429, 200]);
  });

  it('that only looks on refuses nothing, and is in the log', async () => {
    expect(await statuses(protocol, ['/trial'], ['/trial'])).toEqual([200, 200]);
    await waitFor(() => stage.weir.accessLog.some(({ shadow }) => shadow === 'default/trial#trial'), { what: 'the line' });
  });

  it('of a Service counts each route apart where it says so', async () => {
    expect(await statuses(protocol, ['/apart-a'], ['/apart-b'], ['/apart-a'], ['/apart-b'])).toEqual([200, 200, 429, 429]);
  });

  it('of a Namespace counts a request once, though it holds for route and Service', async () => {
    expect(await statuses(protocol, ['/twice'], ['/twice'], ['/twice'])).toEqual([200, 200, 429]);
  });

  it('holds where nothing is forwarded', async () => {
    expect(await statuses(protocol, ['/nowhere'], ['/nobody'], ['/nowhere'], ['/nobody'])).toEqual([500, 500, 429, 429]);
  });
});

describe('a gRPC call', () => {
  it('above a limit ends with RESOURCE_EXHAUSTED', async () => {
    const call = (): Promise<RawResponse> =>
      ask('h2c', '/a.B/C', {
        method: 'POST',
        headers: { 'content-type': 'application/grpc', te: 'trailers' },
      });
    await call();
    const refused = await call();
    expect([refused.status, refused.header('grpc-status')]).toEqual([200, '8']);
    expect(refused.header('retry-after')).toBeDefined();
  });
});

describe.each(PROTOCOLS)('retries by policy over %s', protocol => {
  const post = { method: 'POST', body: 'x' };

  it('are made of what may be sent twice', async () => {
    const name = (kind: string): string => `/flaky/${kind}-${protocol}`;
    const keyed = { ...post, headers: { 'Idempotency-Key': '1' } };
    expect(await statuses(protocol, [name('get')], [name('post'), post], [name('keyed'), keyed])).toEqual([200, 503, 200]);
  });

  it('are made of everything where it says so', async () => {
    expect(await statuses(protocol, [`/all-methods/${protocol}`, post])).toEqual([200]);
  });

  it('keep to a budget where a backend is dead', async () => {
    const dead = stage.upstream('dead');
    const before = dead.requests.length;
    const startMs = performance.now();
    await burst(protocol, '/dead', 500);
    const seconds = (performance.now() - startMs) / 1000;
    const made = dead.requests.length - before - 500;
    expect(made).toBeGreaterThanOrEqual(90);
    expect(made).toBeLessThanOrEqual(500 * 0.2 + WORKERS * 10 * (1 + seconds));
  });
});

describe.each(PROTOCOLS)('a timeout over %s', protocol => {
  it.each([
    ['of the rule goes before that of its route', '/slow/nearest'],
    ['of the route itself goes before policies', '/slow/inline'],
    ['that overrides goes before what the route says itself', '/forced'],
  ])('%s', async (_, target) => {
    expect((await ask(protocol, target)).status).toBe(504);
  });
});

describe('a policy', () => {
  it('is edited under load without a failed request', async () => {
    const load = startLoad({ at: stage.at('http'), clientCount: 4, requestText: requestText('/changing') });
    for (let i = 1; i <= 20; i++) {
      await writeDocument(stage.weir.directory, changing(`${10 + i}s`));
      await liveEverywhere(stage.weir, async () => (await ask('http', '/changing')).status === 200);
    }
    expect([...(await load.stop()).failures]).toEqual([]);
  });

  it('takes effect when it changes, and holds no longer when it is taken away', async () => {
    const limited = trafficPolicy('changing', 'changing', { rateLimits: [limitOf('one', 1)] });
    const statusOf = async (): Promise<number> => (await ask('http', '/changing')).status;
    await writeDocument(stage.weir.directory, limited);
    await liveEverywhere(stage.weir, async () => (await statusOf()) === 429);
    await stage.weir.directory.remove(documentFile(limited));
    await liveEverywhere(stage.weir, async () => (await statusOf()) === 200);
    expect(await burst('http', '/changing', 10)).toEqual(new Array(10).fill(200));
  });
});

describe('explain', () => {
  it.each([
    ['/forced', 'timeouts.request', '100ms', 'TrafficPolicy default/forced on Route, which overrides'],
    ['/slow/inline', 'timeouts.request', '100ms', 'the route itself, before TrafficPolicy default/slow on Route'],
    ['/slow/nearest', 'timeouts.request', '100ms', 'TrafficPolicy default/nearest on Rule'],
  ])('says of %s where %s comes from', async (target, field, value, from) => {
    const url = `http://localhost:${stage.ports.http}${target}`;
    const { stdout } = await runWeir(['explain', stage.weir.directory.path, 'GET', url, '-o', 'json']);
    const { shares } = JSON.parse(stdout) as { readonly shares: readonly { readonly calls: readonly unknown[] }[] };
    expect(shares[0]?.calls).toEqual([{ field, value, from }]);
  });
});
