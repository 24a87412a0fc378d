// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { spawnSync } from 'node:child_process';
import {
  connectRaw,
  createTempDirectory,
  createTestAuthority,
  findFreePorts,
  hasRedis,
  startRedis,
  waitFor,
} from '@weir/testing';
import type { RawResponse, TestDocument, TestRedis } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forward, route } from './stage/documents.ts';
import { openStage } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';
import { redisSecret, sharedLimit } from './stage/redis-documents.ts';

const FLAGS = ['--workers', '2'];
/** Longer than a busy machine is away: these tests are about counting. */
const PATIENT = '5s';
/** Twice the store's time leaves room for a busy machine. */
const SLOW_MS = 200;
const OUTAGES = ['local', 'open', 'closed'] as const;
const ON_FAILURE = { local: 'Local', open: 'Open', closed: 'Closed' } as const;

let redis: TestRedis;
let stages: readonly [Stage, Stage];

function urlOf({ port }: { readonly port: number }): string {
  return `redis://127.0.0.1:${port}/1`;
}

/** What both gateways have. */
function documents(at: TestRedis): readonly TestDocument[] {
  const url = urlOf(at);
  const outages = OUTAGES.flatMap(name => [
    route(name, [forward(`/${name}`, 'main')]),
    sharedLimit(name, { url, timeout: `${SLOW_MS}ms` }, { shared: { onFailure: ON_FAILURE[name] } }),
  ]);
  return [
    ...outages,
    route('minute', [forward('/minute', 'main')]),
    sharedLimit('minute', { url, timeout: PATIENT }, { windows: [{ requests: 1000, per: '1m' }] }),
    route('tenants', [forward('/tenants', 'main')]),
    sharedLimit(
      'tenants',
      { url, timeout: PATIENT },
      { key: [{ by: 'Expression', cel: 'request.headers["x-tenant"].lowerAscii()' }] },
    ),
    route('free', [forward('/free', 'main')]),
  ];
}

beforeAll(async () => {
  if (!hasRedis()) return;
  redis = await startRedis();
  const open = (): Promise<Stage> => openStage({ backends: { main: 'echo' }, flags: FLAGS, documents: documents(redis) });
  stages = [await open(), await open()];
});

afterAll(async () => {
  if (!hasRedis()) return;
  await Promise.all(stages.map(stage => stage[Symbol.asyncDispose]()));
  await redis[Symbol.asyncDispose]();
});

async function statuses(stage: Stage, target: string, count: number): Promise<readonly number[]> {
  const answers: number[] = [];
  for (let i = 0; i < count; i++) answers.push((await stage.send('http', target)).status);
  return answers;
}

/** So many requests one after another on a connection of its own. */
async function run(stage: Stage, target: string, count: number): Promise<readonly RawResponse[]> {
  await using client = await connectRaw(stage.at('http'));
  const answers: RawResponse[] = [];
  for (let i = 0; i < count; i++) answers.push(await client.request(target));
  return answers;
}

/** Counters of every limit go, those of other tests with them. */
function forget({ port }: TestRedis): void {
  spawnSync('redis-cli', ['-p', String(port), 'flushall']);
}

/** Until all workers of both gateways are answered by the store again, whatever their breakers remember. */
async function isShared(target: string): Promise<void> {
  const line = `weir_rate_limit_store_up{store="${urlOf(redis)}"} 1`;
  for (const stage of stages) {
    await waitFor(
      async () => {
        await Promise.all(Array.from({ length: 8 }, () => stage.send('http', target)));
        return metric(stage, line);
      },
      { what: () => `${target} to be counted in Redis\n${stage.weir.child.output}`, timeoutMs: 15_000 },
    );
  }
}

async function metric(stage: Stage, line: string): Promise<boolean> {
  return (await stage.weir.metrics()).includes(line);
}

describe.skipIf(!hasRedis())('a limit that two gateways share (needs redis-server)', () => {
  it('is one for both: 10,000 requests at 1,000 a minute', async () => {
    const startMs = performance.now();
    const runs = stages.flatMap(stage => Array.from({ length: 10 }, () => run(stage, '/minute', 500)));
    const answers = (await Promise.all(runs)).flat();
    const elapsedSeconds = (performance.now() - startMs) / 1000;
    const admitted = answers.filter(({ status }) => status === 200).length;
    expect(admitted).toBeGreaterThanOrEqual(1000);
    expect(admitted).toBeLessThanOrEqual(1000 + (elapsedSeconds * 1000) / 60);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(10_000 - admitted);
    const refused = answers.find(({ status }) => status === 429);
    expect([refused?.header('ratelimit-policy'), refused?.header('retry-after')]).toEqual(['"minute";q=1000;w=60', '1']);
  });

  it('tells callers apart by an expression, and counts together whom it says nothing of', async () => {
    const by = (stage: Stage, tenant?: string): Promise<RawResponse> =>
      stage.send('http', '/tenants', { headers: tenant === undefined ? {} : { 'x-tenant': tenant } });
    const [first, second] = stages;
    const answers: number[] = [];
    for (const asked of [by(first, 'A'), by(second, 'a'), by(first, 'a'), by(second, 'b'), by(first), by(second), by(first)]) {
      answers.push((await asked).status);
    }
    expect(answers.filter(status => status === 429)).toHaveLength(2);
  });

  it.each(OUTAGES)('does as it says while Redis is gone, and is exact again behind it: %s', async name => {
    const [first, second] = stages;
    forget(redis);
    expect(await statuses(first, `/${name}`, 1)).toEqual([200]);
    await redis.child.stop('SIGKILL');
    const startMs = performance.now();
    const seen = await Promise.all(stages.map(stage => statuses(stage, `/${name}`, 4)));
    // No request waits longer than its store's time, those behind the breaker not at all.
    expect(performance.now() - startMs).toBeLessThan(8 * SLOW_MS);
    const expected = { local: [200, 200, 429, 429], open: [200, 200, 200, 200], closed: [503, 503, 503, 503] }[name];
    expect(seen).toEqual([expected, expected]);
    redis = await startRedis({ port: redis.port });
    await isShared(`/${name}`);
    forget(redis);
    expect([
      await statuses(first, `/${name}`, 1),
      await statuses(second, `/${name}`, 2),
      await statuses(first, `/${name}`, 1),
    ]).toEqual([[200], [200, 429], [429]]);
  });

  it('tells of the loss of its store and of the return, in the log and in metrics', async () => {
    const [stage] = stages;
    const url = urlOf(redis);
    await waitFor(() => metric(stage, `weir_rate_limit_store_up{store="${url}"} 1`), { what: 'the store to be up' });
    expect(await metric(stage, 'weir_rate_limits_without_store_total{limit="default/open#open",on_failure="open"}')).toBe(true);
    const states = stage.weir.accessLog.filter(line => line['rate_limit_store'] === url).map(({ state }) => state);
    expect(new Set(states)).toEqual(new Set(['lost', 'returned']));
  });

  it('holds requests no longer than its time while Redis hangs, and other routes not at all', async () => {
    forget(redis);
    const [stage] = stages;
    redis.child.process.kill('SIGSTOP');
    const waits: number[] = [];
    for (let i = 0; i < 30; i++) {
      const startMs = performance.now();
      expect((await stage.send('http', '/open')).status).toBe(200);
      waits.push(performance.now() - startMs);
    }
    expect(Math.max(...waits)).toBeLessThan(2 * SLOW_MS);
    // The breakers of both workers have opened.
    expect(waits.filter(wait => wait < SLOW_MS / 2).length).toBeGreaterThan(5);
    expect((await stage.send('http', '/free')).status).toBe(200);
    redis.child.process.kill('SIGCONT');
    await isShared('/open');
  });

  it('takes counters of another type for no answer', async () => {
    forget(redis);
    const [stage] = stages;
    const cli = (...args: readonly string[]): string =>
      spawnSync('redis-cli', ['-p', String(redis.port), '-n', '1', ...args], { encoding: 'utf8' }).stdout.trim();
    expect(await statuses(stage, '/closed', 1)).toEqual([200]);
    const [key = ''] = cli('keys', 'weir:rate:*').split('\n');
    cli('del', key);
    cli('lpush', key, 'x');
    expect(await statuses(stage, '/closed', 2)).toEqual([503, 503]);
    forget(redis);
    await isShared('/closed');
  });
});

describe.skipIf(!hasRedis())('a store over TLS for a user of an access list (needs redis-server)', () => {
  /** What such a user has to be allowed. */
  const COMMANDS = ['evalsha', 'script|load', 'select', 'time', 'get', 'set', 'hgetall', 'hset', 'pexpire'];

  it('is believed by its certificate, and follows a changed password', async () => {
    const authority = await createTestAuthority();
    const { certificatePem, keyPem } = await authority.issue('localhost');
    await using files = await createTempDirectory();
    await files.write('cert.pem', certificatePem);
    await files.write('key.pem', keyPem);
    const [port = 0] = await findFreePorts(1);
    const tls = ['cert', 'key'].flatMap(name => [`--tls-${name}-file`, `${files.path}/${name}.pem`]);
    const user = ['--user', 'weir', 'on', '>first', '>second', '~weir:rate:*', ...COMMANDS.map(name => `+${name}`)];
    await using server = await startRedis({
      port: 0,
      options: ['--tls-port', String(port), ...tls, '--tls-auth-clients', 'no', '--user', 'default', 'off', ...user],
    });
    const url = `rediss://localhost:${port}`;
    const store = { url, credentialsRef: { name: 'redis' }, timeout: PATIENT };
    const trusting = { ...store, caCertificateRefs: [{ name: 'redis-ca' }] };
    const closed = { shared: { onFailure: 'Closed' }, windows: [{ requests: 1000, per: '24h' }] };
    await using stage = await openStage({
      backends: { main: 'echo' },
      documents: [
        redisSecret('first', 'weir'),
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'redis-ca', namespace: 'default' },
          data: { 'ca.crt': authority.certificatePem },
        },
        route('trusted', [forward('/trusted', 'main')]),
        sharedLimit('trusted', trusting, closed),
        route('stranger', [forward('/stranger', 'main')]),
        sharedLimit('stranger', store, closed),
        route('unnamed', [forward('/unnamed', 'main')]),
        sharedLimit('unnamed', { ...trusting, url: `rediss://127.0.0.1:${port}` }, closed),
      ],
    });
    const left = async (): Promise<string | undefined> =>
      (await stage.send('http', '/trusted')).header('ratelimit')?.split(';')[1];
    expect(await left(), server.child.output).toBe('r=999');
    expect([await statuses(stage, '/stranger', 1), await statuses(stage, '/unnamed', 1)]).toEqual([[503], [503]]);
    // The password goes that the gateway knows; with the other one it comes back to the same counts.
    await stage.apply([redisSecret('wrong', 'weir')], async () => (await statuses(stage, '/trusted', 1))[0] === 503);
    await stage.apply([redisSecret('second', 'weir')], async () => (await statuses(stage, '/trusted', 1))[0] === 200);
    expect(Number((await left())?.slice(2))).toBeLessThan(999);
  });

  it('refuses everything while its Secret is missing', async () => {
    await using stage = await openStage({
      backends: { main: 'echo' },
      flags: ['--allow-partial'],
      documents: [
        route('lost', [forward('/lost', 'main')]),
        sharedLimit('lost', { url: 'redis://127.0.0.1:1', credentialsRef: { name: 'redis' } }),
      ],
    });
    const answer = await stage.send('http', '/lost');
    expect([answer.status, answer.text]).toEqual([503, expect.stringContaining('policy_unresolved')]);
  });
});

describe('what only pretends to be Redis', () => {
  it.each([
    ['answers everything with OK', '+OK\r\n'],
    ['answers in another language', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['answers too many numbers', '*5\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n'],
    ['says nothing', ''],
  ])('is no store: it %s', async (_, answer) => {
    const server = createServer(socket => {
      socket.on('error', () => undefined).on('data', () => void socket.write(answer));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const store = { url: `redis://127.0.0.1:${port}`, timeout: '200ms' };
    await using stage = await openStage({
      backends: { main: 'echo' },
      documents: [
        route('open', [forward('/open', 'main')]),
        sharedLimit('open', store, { shared: { onFailure: 'Open' } }),
        route('closed', [forward('/closed', 'main')]),
        sharedLimit('closed', store, { shared: { onFailure: 'Closed' } }),
      ],
    });
    const startMs = performance.now();
    const seen = [await statuses(stage, '/open', 3), await statuses(stage, '/closed', 3)];
    expect(performance.now() - startMs).toBeLessThan(6 * 300);
    expect(seen).toEqual([
      [200, 200, 200],
      [503, 503, 503],
    ]);
    server.close();
  });
});
