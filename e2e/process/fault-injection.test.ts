// SPDX-License-Identifier: Apache-2.0
import { status as grpcStatus } from '@grpc/grpc-js';
import type { Client } from '@grpc/grpc-js';
import { runWeir, waitFor } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forward, route } from './stage/documents.ts';
import { bytes, connectGrpc, statusOf } from './stage/grpc-peers.ts';
import { openStage } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';
import { trafficPolicy } from './stage/traffic-documents.ts';

const PROTOCOLS = ['http', 'h2c'] as const;
const CALL = '/shop.Stock/Get';

let stage: Stage;
let client: Client;

const faulty = (name: string, fault: object, more: object = {}) => [
  route(name, [forward(`/${name}`, 'main')]),
  trafficPolicy(name, name, { faults: [{ name: 'trial', percent: 100, ...fault }], ...more }),
];

beforeAll(async () => {
  stage = await openStage({
    backends: { main: 'echo' },
    flags: ['--workers', '2'],
    documents: [
      ...faulty('late', { delay: '300ms' }),
      ...faulty('down', { abort: { status: 502 }, when: { headers: [{ name: 'x-trial', values: ['yes'] }] } }),
      ...faulty('half', { percent: 50, abort: { status: 503 } }),
      ...faulty('slow', { delay: '30s' }, { timeouts: { request: '200ms' } }),
      route('calls', [forward('/shop.Stock', 'main')]),
      trafficPolicy('calls', 'calls', { faults: [{ name: 'gone', percent: 100, abort: { grpcStatus: 'data-loss' } }] }),
    ],
  });
  client = connectGrpc(stage.ports.http);
});

afterAll(async () => {
  client.close();
  await stage[Symbol.asyncDispose]();
});

describe.each(PROTOCOLS)('an injected fault over %s', protocol => {
  it('holds a request up, and says so', async () => {
    const startMs = performance.now();
    const answer = await stage.send(protocol, '/late');
    expect([answer.status, answer.header('weir-fault')]).toEqual([200, 'trial']);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(299);
    await waitFor(() => stage.weir.accessLog.some(({ injected }) => injected === 'default/late#trial'), { what: 'the line' });
    expect(await stage.weir.metrics()).toMatch(
      /^weir_injected_faults_total\{fault="default\/late#trial",effect="delay"\} \d+$/mv,
    );
  });

  it('holds no thread: hundreds wait at once', async () => {
    const startMs = performance.now();
    const answers = await Promise.all(Array.from({ length: 300 }, () => stage.send(protocol, '/late')));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(performance.now() - startMs).toBeLessThan(10_000);
  });

  it('ends a request that fits without asking the backend', async () => {
    const before = stage.upstream('main').requests.length;
    const answer = await stage.send(protocol, '/down', { headers: { 'x-trial': 'yes' } });
    expect([answer.status, answer.header('weir-fault'), answer.header('content-type')]).toEqual([
      502,
      'trial',
      'application/problem+json',
    ]);
    expect(answer.json()).toMatchObject({ title: 'Bad Gateway', status: 502, code: 'fault_injected' });
    expect(stage.upstream('main').requests.length).toBe(before);
    expect((await stage.send(protocol, '/down')).status).toBe(200);
  });

  it('befalls as many as it says', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => stage.send(protocol, '/half')));
    const failed = answers.filter(({ status }) => status === 503).length;
    // 200 throws of a coin: less than 60 or more than 140 come once in 10^8 times.
    expect(failed).toBeGreaterThan(60);
    expect(failed).toBeLessThan(140);
  });

  it('ends with the time of its request', async () => {
    const startMs = performance.now();
    const answer = await stage.send(protocol, '/slow');
    expect([answer.status, answer.header('weir-fault')]).toEqual([504, 'trial']);
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });
});

describe('a gRPC call', () => {
  it('ends with the status that the fault names', async () => {
    const call = client.makeUnaryRequest(CALL, bytes, bytes, Buffer.from('a'), () => undefined);
    expect((await statusOf(call)).code).toBe(grpcStatus.DATA_LOSS);
  });
});

describe('explain', () => {
  it.each([
    ['late', 'fault trial: 100 percent delayed 300ms'],
    ['half', 'fault trial: 50 percent ended with 503'],
    ['down', 'fault trial: 100 percent of those that fit ended with 502'],
  ])('tells of the fault of /%s, and what becomes of all requests', async (name, words) => {
    const url = `http://localhost:${stage.ports.http}/${name}`;
    const { stdout } = await runWeir(['explain', stage.weir.directory.path, 'GET', url]);
    expect(stdout).toContain(words);
  });
});
