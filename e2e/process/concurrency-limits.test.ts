// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { status as grpcStatus } from '@grpc/grpc-js';
import type { Client } from '@grpc/grpc-js';
import { runWeir, waitFor } from '@weir/testing';
import type { RawResponse, RequestOptions } from '@weir/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { backend, forward, prefix, route, service } from './stage/documents.ts';
import { bytes, connectGrpc, grpcMethod, serveGrpc, statusOf } from './stage/grpc-peers.ts';
import { HeldBackend } from './stage/held-backend.ts';
import { openStage } from './stage/open-stage.ts';
import type { Protocol, Stage } from './stage/open-stage.ts';
import { portService } from './stage/stream-documents.ts';
import { trafficPolicy } from './stage/traffic-documents.ts';

const PROTOCOLS = ['http', 'h2c'] as const;
const PLACES = 4;
const WAITING = 3;
const CALL = '/shop.Stock/Watch';
/** The default of a test is 5 s. */
const LONG_MS = 30_000;

const held = new HeldBackend();
/** Streams of gRPC calls that the server has and does not end before the test lets it. */
const grpcCalls: { end(): void }[] = [];
let chat: WebSocketServer;
let grpc: Awaited<ReturnType<typeof serveGrpc>>;
let client: Client;
let stage: Stage;

const limited = (name: string, limit: object) => [
  route(name, [forward(`/${name}`, 'held')]),
  trafficPolicy(name, name, { concurrencyLimits: [{ name: 'all', ...limit }] }),
];

beforeAll(async () => {
  chat = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(chat, 'listening');
  grpc = await serveGrpc(
    { Watch: grpcMethod(CALL, { response: true }) },
    { Watch: (call: { end(): void }) => grpcCalls.push(call) },
  );
  stage = await openStage({
    backends: { held: held.script },
    flags: ['--workers', '2', '--trusted-hops', '1'],
    documents: [
      ...service('chat', [(chat.address() as AddressInfo).port]),
      ...portService('stock', [{ port: grpc.port }], { appProtocol: 'kubernetes.io/h2c' }),
      ...limited('narrow', { requests: PLACES }),
      ...limited('queued', { requests: PLACES, queue: { size: WAITING, timeout: '30s' } }),
      ...limited('one', { requests: 1, queue: { size: 5, timeout: '30s' } }),
      ...limited('impatient', { requests: 1, queue: { size: 5, timeout: '200ms' } }),
      ...limited('each', { requests: 1, key: [{ by: 'Address' }] }),
      ...limited('writes', { requests: 1, when: { methods: ['POST'] } }),
      ...limited('trial', { requests: 1, mode: 'Shadow' }),
      route('hurry', [forward('/hurry', 'held')]),
      trafficPolicy('hurry', 'hurry', {
        timeouts: { request: '400ms' },
        concurrencyLimits: [{ name: 'all', requests: 1, queue: { size: 5, timeout: '30s' } }],
      }),
      route('chat', [forward('/chat', 'chat')]),
      trafficPolicy('chat', 'chat', { concurrencyLimits: [{ name: 'all', requests: 1 }] }),
      route('stock', [forward('/shop.Stock', 'stock')]),
      trafficPolicy('stock', 'stock', { concurrencyLimits: [{ name: 'all', requests: 1 }] }),
      route('twice', [{ matches: [prefix('/twice')], backendRefs: [backend('held')] }]),
      trafficPolicy(
        'everything',
        { target: 'default', kind: 'Namespace' },
        { concurrencyLimits: [{ name: 'twice', requests: 2, when: { paths: [prefix('/twice')['path']] } }] },
      ),
    ],
  });
  client = connectGrpc(stage.ports.http);
});

afterAll(async () => {
  client.close();
  held.answerAll();
  await stage[Symbol.asyncDispose]();
  chat.close();
  grpc.server.forceShutdown();
});

// What the test before has left behind.
beforeEach(() => held.holds(0));

function ask(protocol: Protocol, target: string, options: RequestOptions = {}): Promise<RawResponse> {
  return stage.send(protocol, target, options);
}

function askOften(protocol: Protocol, target: string, count: number): readonly Promise<RawResponse>[] {
  return Array.from({ length: count }, (_, i) => ask(protocol, `${target}/${i}`));
}

/** Of requests, those that have an answer. */
async function answered(asked: readonly Promise<RawResponse>[]): Promise<readonly RawResponse[]> {
  const settled = await Promise.all(asked.map(one => Promise.race([one, Promise.resolve(undefined)])));
  return settled.filter(answer => answer !== undefined);
}

async function untilAnswered(asked: readonly Promise<RawResponse>[], count: number): Promise<readonly RawResponse[]> {
  await waitFor(async () => (await answered(asked)).length === count, { what: `${count} answers` });
  return answered(asked);
}

describe.each(PROTOCOLS)('a concurrency limit over %s', protocol => {
  it('is exact over all workers, and gives each place back', async () => {
    held.mostAtOnce = 0;
    for (let round = 0; round < 3; round++) {
      const asked = askOften(protocol, '/narrow', 20);
      const refused = await untilAnswered(asked, 20 - PLACES);
      expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([503]));
      await held.holds(PLACES);
      held.answerAll();
      const all = await Promise.all(asked);
      expect(all.filter(({ status }) => status === 200)).toHaveLength(PLACES);
    }
    expect(held.mostAtOnce).toBe(PLACES);
  });

  it('says when to come back, and in the log which limit it was', async () => {
    const first = ask(protocol, '/each');
    await held.holds(1);
    const refused = await ask(protocol, '/each');
    expect([refused.status, refused.header('retry-after'), refused.header('content-type')]).toEqual([
      503,
      '1',
      'application/problem+json',
    ]);
    expect(refused.json()).toMatchObject({ title: 'Service Unavailable', code: 'concurrency_limited' });
    const isLogged = (): boolean =>
      stage.weir.accessLog.some(({ policy, fault }) => policy === 'default/each#all' && fault === 'concurrency_limited');
    await waitFor(isLogged, { what: 'the line' });
    held.answerAll();
    expect((await first).status).toBe(200);
  });

  it('lets those that wait in when others end, and refuses what has no room to wait', async () => {
    const asked = askOften(protocol, '/queued', 10);
    expect(await untilAnswered(asked, 10 - PLACES - WAITING)).toMatchObject([{ status: 503 }, { status: 503 }, { status: 503 }]);
    for (let left = PLACES + WAITING; left > 0; left--) {
      await held.holds(Math.min(left, PLACES));
      held.answerFirst();
    }
    const all = await Promise.all(asked);
    expect(all.filter(({ status }) => status === 200)).toHaveLength(PLACES + WAITING);
  });

  it('gives those up that wait too long', async () => {
    const first = ask(protocol, '/impatient');
    await held.holds(1);
    const startMs = performance.now();
    expect((await ask(protocol, '/impatient')).status).toBe(503);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(199);
    held.answerAll();
    await first;
  });

  it('counts the time that a request waits as its own', async () => {
    const first = ask(protocol, '/hurry');
    await held.holds(1);
    const startMs = performance.now();
    const second = await ask(protocol, '/hurry');
    const took = performance.now() - startMs;
    // Together: the first one's deadline lets the second in, which has a moment left, or none.
    expect([(await first).status, second.status]).toEqual([504, 504]);
    expect(took).toBeGreaterThanOrEqual(399);
    expect(took).toBeLessThan(700);
    held.answerAll();
  });

  it('gives the place of a client that leaves to the next one at once', async () => {
    const first = ask(protocol, '/one');
    await held.holds(1);
    const target = `/one/leaves-${protocol}`;
    const leaving = await stage.open(protocol);
    leaving.request(target).catch(() => undefined);
    const isThere = async (): Promise<boolean> => /^weir_http_requests_active 2$/mv.test(await stage.weir.metrics());
    await waitFor(isThere, { what: 'the second request' });
    await leaving[Symbol.asyncDispose]();
    await waitFor(() => stage.weir.accessLog.some(({ path, status }) => path === target && status === 499), { what: 'the line' });
    const next = ask(protocol, '/one/next');
    held.answerAll();
    expect((await first).status).toBe(200);
    await held.holds(1);
    held.answerAll();
    expect((await next).status).toBe(200);
    expect(held.seen).not.toContain(target);
  });

  it('counts each address apart, and only what fits', async () => {
    const from = (address: string): Promise<RawResponse> => ask(protocol, '/each', { headers: { 'X-Forwarded-For': address } });
    const [one, other] = [from('192.0.2.1'), from('192.0.2.2')];
    await held.holds(2);
    expect((await from('192.0.2.1')).status).toBe(503);
    const post = { method: 'POST', body: 'x' };
    const written = ask(protocol, '/writes', post);
    await held.holds(3);
    const read = ask(protocol, '/writes');
    await held.holds(4);
    expect((await ask(protocol, '/writes', post)).status).toBe(503);
    held.answerAll();
    expect((await Promise.all([one, other, written, read])).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  it('that only looks on refuses nothing, and is in the log', async () => {
    const asked = askOften(protocol, '/trial', 3);
    await held.holds(3);
    held.answerAll();
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200, 200]);
    await waitFor(() => stage.weir.accessLog.some(({ shadow }) => shadow === 'default/trial#all'), { what: 'the line' });
  });

  it('of a Namespace counts a request once, though it holds for route and Service', async () => {
    const asked = askOften(protocol, '/twice', 3);
    await untilAnswered(asked, 1);
    await held.holds(2);
    held.answerAll();
    expect((await Promise.all(asked)).filter(({ status }) => status === 200)).toHaveLength(2);
  });
});

describe('a WebSocket', () => {
  it('holds its place until it ends', async () => {
    const url = `ws://localhost:${stage.ports.http}/chat`;
    const first = new WebSocket(url);
    await once(first, 'open');
    const second = new WebSocket(url);
    const [error] = (await once(second, 'error')) as [Error];
    expect(error.message).toContain('503');
    first.close();
    await once(first, 'close');
    const third = new WebSocket(url);
    await once(third, 'open');
    third.close();
    await once(third, 'close');
  });
});

describe('a gRPC stream', () => {
  const watch = () => client.makeServerStreamRequest(CALL, bytes, bytes, Buffer.from('a')).on('data', () => undefined);

  it('holds its place until it ends; another call is UNAVAILABLE', async () => {
    const first = statusOf(watch());
    await waitFor(() => grpcCalls.length === 1, { what: 'the call' });
    const refused = await statusOf(watch());
    expect([refused.code, refused.metadata.get('retry-after')]).toEqual([grpcStatus.UNAVAILABLE, ['1']]);
    grpcCalls[0]?.end();
    expect((await first).code).toBe(grpcStatus.OK);
    const next = statusOf(watch());
    await waitFor(() => grpcCalls.length === 2, { what: 'the next call' });
    grpcCalls[1]?.end();
    expect((await next).code).toBe(grpcStatus.OK);
  });
});

describe('a worker that dies', () => {
  it(
    'gives its places back, also to those that wait in another one',
    async () => {
      const asked = askOften('http', '/queued', PLACES + WAITING);
      const ends = asked.map(async one => (await one.catch(() => undefined))?.status);
      await held.holds(PLACES);
      for (const worker of [0, 1]) {
        expect((await stage.weir.admin('POST', `/workers/${worker}/terminate`)).status).toBe(200);
      }
      await Promise.all(ends);
      await waitFor(() => stage.weir.isReady(), { what: 'new workers' });
      await held.holds(0);
      const again = askOften('http', '/queued', PLACES + WAITING);
      await held.holds(PLACES);
      for (let left = PLACES + WAITING; left > 0; left--) {
        await held.holds(Math.min(left, PLACES));
        held.answerFirst();
      }
      expect((await Promise.all(again)).every(({ status }) => status === 200)).toBe(true);
    },
    LONG_MS,
  );

  it(
    'does not make others wait for ever',
    async () => {
      const asked = askOften('http', '/queued', PLACES + WAITING);
      const ends: (number | undefined)[] = [];
      for (const one of asked) void one.then(({ status }) => ends.push(status)).catch(() => ends.push(undefined));
      await held.holds(PLACES);
      await stage.weir.admin('POST', '/workers/0/terminate');
      const isEnded = (): boolean => {
        held.answerAll();
        return ends.length === asked.length;
      };
      await waitFor(isEnded, { what: 'all requests to end' });
      expect(ends).not.toContain(503);
    },
    LONG_MS,
  );
});

describe('explain', () => {
  it('tells of the limits of a route', async () => {
    const url = `http://localhost:${stage.ports.http}/queued`;
    const { stdout } = await runWeir(['explain', stage.weir.directory.path, 'GET', url]);
    expect(stdout).toContain('limit all: 4 in flight, 3 more wait 30s for all together');
  });
});
