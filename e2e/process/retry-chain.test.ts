// SPDX-License-Identifier: Apache-2.0
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { answering, reply, startUpstream } from '@weir/testing';
import type { Upstream } from '@weir/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { forward, route, service } from './stage/documents.ts';
import { openStage } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';
import { trafficPolicy } from './stage/traffic-documents.ts';

const RETRY = { attempts: 2, statusCodes: [503], backoff: '1ms' };

const running: AsyncDisposable[] = [];

afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

/** A gateway that sends everything to a port, with two retries unless another policy is given. */
async function gatewayTo(port: number, retry: object = RETRY): Promise<Stage> {
  const stage = await openStage({
    backends: {},
    flags: ['--workers', '1'],
    documents: [...service('next', [port]), route('all', [forward('/', 'next')]), trafficPolicy('retries', 'all', { retry })],
  });
  running.push(stage);
  return stage;
}

async function deadUpstream(): Promise<Upstream> {
  const upstream = await startUpstream(answering(() => reply({ status: 503, body: 'no' })));
  running.push(upstream);
  return upstream;
}

/** An application in between: calls on for each request, and answers with the status that it got and nothing else. */
async function appBefore(port: number): Promise<number> {
  const server: Server = createServer((request, response) => {
    request.resume();
    void fetch(`http://localhost:${port}/`).then(async answer => {
      await answer.text();
      response.writeHead(answer.status).end('the app');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  running.push({
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
  return (server.address() as AddressInfo).port;
}

describe.each(['http', 'h2c'] as const)('three gateways in a chain over %s, each with two retries,', protocol => {
  it('send the last of them at most three attempts, and the mark goes to the caller', async () => {
    const app = await deadUpstream();
    const inner = await gatewayTo(app.port);
    const middle = await gatewayTo(inner.ports.http);
    const outer = await gatewayTo(middle.ports.http);
    const answer = await outer.send(protocol, '/');
    expect([answer.status, answer.header('weir-retry'), answer.text]).toEqual([503, 'exhausted', 'no']);
    expect(app.requests).toHaveLength(3);
  });

  it('do the same for a gRPC call by its code', async () => {
    const app = await startUpstream(
      answering(() => reply({ headers: { 'content-type': 'application/grpc', 'grpc-status': '14' } })),
    );
    running.push(app);
    const byCode = { attempts: 2, grpcCodes: ['unavailable'], backoff: '1ms' };
    const inner = await gatewayTo(app.port, byCode);
    const middle = await gatewayTo(inner.ports.http, byCode);
    const outer = await gatewayTo(middle.ports.http, byCode);
    const headers = { 'content-type': 'application/grpc', te: 'trailers' };
    const answer = await outer.send(protocol, '/a.B/C', { method: 'POST', headers });
    expect([answer.header('grpc-status'), answer.header('weir-retry')]).toEqual(['14', 'exhausted']);
    expect(app.requests).toHaveLength(3);
  });
});

describe('gateways around an app that swallows the mark', () => {
  it('are bounded by their budgets: a fifth more at each, and a few a second', async () => {
    const dead = await deadUpstream();
    const inner = await gatewayTo(dead.port);
    const outer = await gatewayTo(await appBefore(inner.ports.http));
    const count = 500;
    const startMs = performance.now();
    await using client = await outer.open('http');
    for (let i = 0; i < count; i++) expect((await client.request('/')).status).toBe(503);
    const few = 10 * (1 + (performance.now() - startMs) / 1000);
    const atInner = count * 1.2 + few;
    expect(dead.requests.length).toBeGreaterThan(count * 1.3);
    expect(dead.requests.length).toBeLessThanOrEqual(atInner * 1.2 + few);
  });
});
