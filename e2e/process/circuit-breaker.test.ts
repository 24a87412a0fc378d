// SPDX-License-Identifier: Apache-2.0
import { status } from '@grpc/grpc-js';
import type { Client, handleUnaryCall, Server, ServiceDefinition } from '@grpc/grpc-js';
import { answering, findFreePorts, reply, request, requestText, waitFor } from '@weir/testing';
import type { RawResponse, UpstreamScript } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backend, forward, gateway, route, service } from './stage/documents.ts';
import type { Fields } from './stage/documents.ts';
import { bytes, connectGrpc, grpcMethod, grpcRoute, serveGrpc, statusOf } from './stage/grpc-peers.ts';
import { openStage } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';
import { trafficPolicy } from './stage/traffic-documents.ts';

const WORKERS = 2;
const MINIMUM = 4;
/** Longer than a slow machine needs for what happens while a breaker is open. */
const OPEN_FOR = '2s';
/** HTTPRoutes and GRPCRoutes never share hosts. */
const HTTP_HOST = { hostnames: ['localhost'] };
const DEFINITION: ServiceDefinition = { ask: grpcMethod('/shop.Stock/Ask') };

/** Ways to fail, each a Service of its own with a breaker of its own. */
const FAILING = ['status', 'reset', 'half', 'silent', 'refused'] as const;
type Failing = (typeof FAILING)[number];

let stage: Stage;
/** Where a Gateway listens that has a breaker for what it calls. */
let guarded: { readonly port: number };
let server: Server;
let client: Client;
const isFailing = new Set<string>(['grpc', ...FAILING]);
const arrived = new Map<string, number>();
let grpcAnswer = status.UNAVAILABLE;

function failing(name: Failing): UpstreamScript {
  return answering(async (_request, connection) => {
    arrived.set(name, (arrived.get(name) ?? 0) + 1);
    if (!isFailing.has(name)) return reply({ body: 'well' });
    if (name === 'status') return reply({ status: 503 });
    if (name === 'half') await connection.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf');
    if (name !== 'silent') connection.reset();
    return undefined;
  });
}

const ask: handleUnaryCall<Buffer, Buffer> = (_call, done) => {
  arrived.set('grpc', (arrived.get('grpc') ?? 0) + 1);
  if (isFailing.has('grpc')) done({ code: grpcAnswer, details: 'no' });
  else done(null, Buffer.from('well'));
};

function breaker(name: string, more: Fields = {}) {
  const circuitBreaker = { minimumRequests: MINIMUM, window: '1m', openFor: OPEN_FOR, ...more };
  return trafficPolicy(name, { target: name, kind: 'Service' }, { circuitBreaker });
}

beforeAll(async () => {
  const [closedPort = 0, guardedPort = 0] = await findFreePorts(2);
  guarded = { port: guardedPort };
  const grpc = await serveGrpc(DEFINITION, { ask });
  ({ server } = grpc);
  stage = await openStage({
    backends: {
      status: failing('status'),
      reset: failing('reset'),
      half: failing('half'),
      silent: failing('silent'),
      left: answering(({ target }) => (target === '/left/never' ? undefined : reply())),
      called: answering(() => reply({ status: 500 })),
      retried: answering(() => {
        arrived.set('retried', (arrived.get('retried') ?? 0) + 1);
        return reply({ status: 502 });
      }),
    },
    flags: ['--workers', String(WORKERS)],
    documents: [
      ...service('refused', [closedPort]),
      ...service('grpc', [grpc.port]),
      ...[...FAILING, 'grpc', 'left', 'retried'].map(name => breaker(name)),
      route(
        'broken',
        [...FAILING, 'left', 'retried'].map(name => forward(`/${name}`, name)),
        HTTP_HOST,
      ),
      trafficPolicy('patience', 'broken', { timeouts: { attempt: '300ms' }, retry: { attempts: 0 } }),
      route('again', [forward('/again', 'retried', { retry: { codes: [502], attempts: 5, backoff: '1ms' } })], HTTP_HOST),
      gateway('guarded', [{ name: 'http', protocol: 'HTTP', port: guardedPort }]),
      trafficPolicy(
        'guarded',
        { target: 'guarded', kind: 'Gateway' },
        { circuitBreaker: { minimumRequests: MINIMUM, openFor: '1m' } },
      ),
      route('called', [forward('/called', 'called')], { ...HTTP_HOST, parents: ['edge', 'guarded'] }),
      grpcRoute('grpc', [{ backendRefs: [backend('grpc')] }]),
    ],
  });
  client = connectGrpc(stage.ports.http);
});

afterAll(async () => {
  client.close();
  server.forceShutdown();
  await stage[Symbol.asyncDispose]();
});

/** Each on a connection of its own, so that both workers get some. Undefined: the answer broke off. */
async function send(name: string): Promise<RawResponse | undefined> {
  return stage.send('http', `/${name}`).catch(() => undefined);
}

async function codeOf(name: string): Promise<unknown> {
  const response = await send(name);
  if (response === undefined) return 'broken off';
  return response.status === 503 ? (response.json() as { readonly code?: string }).code : response.status;
}

async function stateOf(name: string): Promise<string | undefined> {
  const line = new RegExp(`^weir_circuit_breaker_state\\{backend="default/${name}:80"\\} (?<state>\\d)$`, 'mv');
  return line.exec(await stage.weir.metrics())?.groups?.['state'];
}

function callGrpc(options: { readonly deadlineMs?: number } = {}) {
  const { deadlineMs } = options;
  const deadline = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };
  return client.makeUnaryRequest('/shop.Stock/Ask', bytes, bytes, Buffer.from('?'), deadline, () => undefined);
}

async function leaveEarly(): Promise<void> {
  const upstream = stage.upstream('left');
  const before = upstream.requests.length;
  await using connection = await stage.connect('http');
  await connection.send(requestText('/left/never'));
  await waitFor(() => upstream.requests.length > before, { what: 'the request to arrive' });
}

describe('a backend that fails', () => {
  it.each(FAILING)('is asked no more after enough calls failed by %s, and again when a probe was good', async name => {
    for (let i = 0; i < MINIMUM; i++) await send(name).then(response => expect(response?.status).not.toBe(200));
    const before = arrived.get(name) ?? 0;
    for (let i = 0; i < 6; i++) {
      const refusal = await send(name);
      expect([refusal?.status, (refusal?.json() as { readonly code?: string }).code]).toEqual([503, 'circuit_open']);
      expect(Number(refusal?.header('retry-after'))).toBeGreaterThanOrEqual(1);
    }
    expect([arrived.get(name) ?? 0, await stateOf(name)]).toEqual([before, '2']);
    if (name === 'refused') return;
    isFailing.delete(name);
    await waitFor(async () => (await send(name))?.status === 200, { what: 'the breaker to close' });
    expect(await stateOf(name)).toBe('0');
    for (let i = 0; i < 4; i++) expect((await send(name))?.status).toBe(200);
  });

  it('is named in log and metrics', async () => {
    await waitFor(() => stage.weir.accessLog.some(({ fault }) => fault === 'circuit_open'), { what: 'the refusal in the log' });
    const metrics = await stage.weir.metrics();
    expect(metrics).toMatch(/weir_backend_requests_refused_total\{backend="default\/status:80",reason="circuit_open"\} [1-9]/v);
    expect(metrics).toMatch(/weir_circuit_breaker_changes_total\{backend="default\/status:80",state="open"\} 1/v);
    expect(metrics).toMatch(/weir_circuit_breaker_changes_total\{backend="default\/status:80",state="closed"\} 1/v);
  });

  it('is not asked by retries either: each attempt counts, and a refused one is the last', async () => {
    const response = await stage.send('http', '/again');
    expect([response.status, (response.json() as { readonly code?: string }).code]).toEqual([503, 'circuit_open']);
    expect(arrived.get('retried')).toBe(MINIMUM);
  });

  it('stays closed for clients that leave before their answers', async () => {
    for (let i = 0; i < 2 * MINIMUM; i++) await leaveEarly();
    expect(await codeOf('left')).toBe(200);
    expect(await stateOf('left')).toBe('0');
  });
});

describe('a gRPC service', () => {
  it('may answer NOT_FOUND, and DEADLINE_EXCEEDED to whom sets a deadline, as often as it likes', async () => {
    grpcAnswer = status.NOT_FOUND;
    for (let i = 0; i < 2 * MINIMUM; i++) expect((await statusOf(callGrpc())).code).toBe(status.NOT_FOUND);
    grpcAnswer = status.DEADLINE_EXCEEDED;
    for (let i = 0; i < 2 * MINIMUM; i++) {
      expect((await statusOf(callGrpc({ deadlineMs: 60_000 }))).code).toBe(status.DEADLINE_EXCEEDED);
    }
    expect(await stateOf('grpc')).toBe('0');
  });

  it('is UNAVAILABLE at once after enough calls of it were, and again when a probe was good', async () => {
    grpcAnswer = status.INTERNAL;
    await waitFor(async () => (await statusOf(callGrpc())).code === status.UNAVAILABLE, { what: 'the breaker to open' });
    const before = arrived.get('grpc') ?? 0;
    const refusal = await statusOf(callGrpc());
    expect([refusal.code, arrived.get('grpc')]).toEqual([status.UNAVAILABLE, before]);
    isFailing.delete('grpc');
    await waitFor(async () => (await statusOf(callGrpc())).code === status.OK, { what: 'the breaker to close' });
  });
});

it('a Gateway that has a breaker for what it calls has one of its own, and others call on', async () => {
  const statuses: number[] = [];
  for (let i = 0; i < 2 * MINIMUM; i++) statuses.push((await request(guarded, '/called')).status);
  expect(statuses).toEqual([...Array<number>(MINIMUM).fill(500), ...Array<number>(MINIMUM).fill(503)]);
  for (let i = 0; i < 2 * MINIMUM; i++) expect((await send('called'))?.status).toBe(500);
});
