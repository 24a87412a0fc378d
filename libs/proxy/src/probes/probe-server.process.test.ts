// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { systemClock } from '@weir/base';
import { createTestAuthority, findFreePorts, request, waitFor } from '@weir/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { Readiness } from '../admin/health-routes.ts';
import { parseAppProbes } from './parse-app-probes.ts';
import { openProbeServer } from './probe-server.ts';

let running = new AsyncDisposableStack();
let readiness: Readiness = { isReady: true };

afterEach(async () => {
  await running.disposeAsync();
  running = new AsyncDisposableStack();
});

async function listen(server: Server, address = '127.0.0.1'): Promise<number> {
  server.listen(0, address);
  await once(server, 'listening');
  running.defer(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** An application of HTTP, with what it was asked. */
async function application(answer: RequestListener, address?: string) {
  const asked: IncomingMessage[] = [];
  const server = createServer((incoming, response) => {
    asked.push(incoming);
    answer(incoming, response);
  });
  return { port: await listen(server, address), asked };
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

type Ask = (path: string, method?: string) => Promise<Answer>;

async function probesOf(probes: unknown, addresses: readonly string[] = ['127.0.0.1', '::1']): Promise<Ask> {
  const parts = { clock: systemClock, addresses, probes: parseAppProbes(JSON.stringify(probes)) };
  const server = await openProbeServer({ address: '127.0.0.1', port: 0 }, { ...parts, view: { readiness: () => readiness } });
  running.defer(() => server.close());
  return async (path, method = 'GET') => {
    const { status, text } = await request({ port: server.port }, path, { method, headers: { Connection: 'close' } });
    return { status, text: text.trim() };
  };
}

/** What a probe of the container `app` comes to. */
async function verdict(probe: unknown, addresses?: readonly string[]): Promise<Answer> {
  return (await probesOf({ app: { readyz: probe } }, addresses))('/app-health/app/readyz');
}

const WELL = { status: 200, text: 'ok' };

describe('the port for probes', () => {
  it('says of the proxy itself whether it lives and is ready', async () => {
    const ask = await probesOf({});
    expect(await ask('/livez')).toEqual(WELL);
    expect(await ask('/readyz')).toEqual(WELL);
    readiness = { isReady: false, reason: 'draining' };
    expect(await ask('/readyz')).toEqual({ status: 503, text: 'draining' });
    expect(await ask('/livez')).toEqual(WELL);
    readiness = { isReady: true };
  });

  it('has nothing at other paths and for other methods, and asks the application nothing for them', async () => {
    const { port, asked } = await application((_incoming, response) => response.end());
    const ask = await probesOf({ app: { livez: { httpGet: { port, path: '/healthz' } } } });
    for (const path of [
      '/',
      '/healthz',
      '/metrics',
      '/app-health/app/readyz',
      '/app-health/app/livez/',
      `http://127.0.0.1:${port}/`,
    ]) {
      expect([path, (await ask(path)).status]).toEqual([path, 404]);
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      expect((await ask('/app-health/app/livez', method)).status).toBe(404);
    }
    expect(asked).toEqual([]);
    expect(await ask('/app-health/app/livez?/admin')).toEqual(WELL);
    expect(asked.map(({ url }) => url)).toEqual(['/healthz']);
  });

  it('asks the application once for all who ask at the same time', async () => {
    const first = Promise.withResolvers<undefined>();
    const { port, asked } = await application((_incoming, response) => void first.promise.then(() => response.end()));
    const ask = await probesOf({ app: { livez: { httpGet: { port }, timeoutSeconds: 10 } } });
    const answers = Array.from({ length: 20 }, () => ask('/app-health/app/livez'));
    await waitFor(() => asked.length > 0, { what: 'the application to be asked' });
    first.resolve(undefined);
    expect(await Promise.all(answers)).toEqual(answers.map(() => WELL));
    expect(asked.length).toBeLessThan(answers.length);
  });
});

describe('a probe of HTTP', () => {
  it.each([
    [200, WELL],
    [204, WELL],
    [399, { status: 200, text: 'ok: it answers 399, which leads elsewhere and is not followed' }],
    [400, { status: 400, text: 'the application answers 400' }],
    [503, { status: 503, text: 'the application answers 503' }],
  ])('comes to what Kubernetes makes of %d', async (status, expected) => {
    const { port } = await application((_incoming, response) => response.writeHead(status).end('secrets of the application'));
    expect(await verdict({ httpGet: { port } })).toEqual(expected);
  });

  it('sends path, host and fields as they are written, and asks for a connection of its own', async () => {
    const { port, asked } = await application((_incoming, response) => response.end());
    const httpHeaders = [
      { name: 'host', value: 'shop.example' },
      { name: 'X-Token', value: 'a' },
    ];
    expect(await verdict({ httpGet: { port, path: '/healthz?deep=1', httpHeaders } })).toEqual(WELL);
    expect(asked[0]).toMatchObject({ method: 'GET', url: '/healthz?deep=1' });
    expect(asked[0]?.headers).toEqual({
      ...{ host: 'shop.example', 'x-token': 'a', connection: 'close', accept: '*/*', 'user-agent': 'kube-probe/weir' },
    });
  });

  it('speaks TLS to whatever certificate there is', async () => {
    const { certificatePem, keyPem } = await (await createTestAuthority()).issue('any.test');
    const port = await listen(createHttpsServer({ cert: certificatePem, key: keyPem }, (_incoming, response) => response.end()));
    expect(await verdict({ httpGet: { port, scheme: 'HTTPS' } })).toEqual(WELL);
    expect(await verdict({ httpGet: { port, scheme: 'HTTP' } })).toMatchObject({ status: expect.not.stringMatching('200') });
  });

  it('follows redirects on this host, to other ports too, and ends with one to elsewhere', async () => {
    const inner = await application((incoming, response) => response.writeHead(incoming.url === '/well' ? 200 : 500).end());
    const { port, asked } = await application((incoming, response) => {
      const to: Readonly<Record<string, string>> = {
        '/relative': '/next',
        '/next': `http://localhost:${inner.port}/well`,
        '/ill': `http://127.0.0.1:${inner.port}/ill`,
        '/away': 'http://elsewhere.example/',
        '/loop': '/loop',
        '/other': 'mailto:me@example.com',
      };
      response.writeHead(302, { location: to[incoming.url ?? ''] ?? '' }).end();
    });
    const ask = async (path: string): Promise<Answer> => verdict({ httpGet: { port, path } });
    expect(await ask('/relative')).toEqual(WELL);
    expect(inner.asked[0]?.headers.host).toBe(`localhost:${inner.port}`);
    expect(await ask('/ill')).toMatchObject({ status: 500 });
    expect(await ask('/away')).toEqual({ status: 200, text: 'ok: it answers 302, which leads elsewhere and is not followed' });
    expect(await ask('/other')).toMatchObject({ status: 200 });
    asked.length = 0;
    expect(await ask('/loop')).toEqual({ status: 502, text: 'the application: it redirects more than 10 times' });
    expect(asked).toHaveLength(11);
  });

  it('fails where nothing comes in time, at the beginning or in the middle of an answer', async () => {
    const { port } = await application((incoming, response) => {
      if (incoming.url === '/middle') response.writeHead(200, { 'content-length': '10' }).write('half');
    });
    const late = { status: 504, text: 'the application does not answer within 1s' };
    const ask = await probesOf({ app: { livez: { httpGet: { port } }, readyz: { httpGet: { port, path: '/middle' } } } });
    expect(await Promise.all([ask('/app-health/app/livez'), ask('/app-health/app/readyz')])).toEqual([late, late]);
  });

  it('reads no more of an answer than Kubernetes does', async () => {
    const { port } = await application((_incoming, response) => {
      response.writeHead(200);
      const write = (): void => {
        while (response.write('x'.repeat(65_536)));
        response.once('drain', write);
      };
      write();
    });
    expect(await verdict({ httpGet: { port } })).toEqual(WELL);
  });

  it('finds an application at the other addresses of this host, and nowhere else', async () => {
    const { port } = await application((_incoming, response) => response.end(), '127.0.0.9');
    expect(await verdict({ httpGet: { port } })).toEqual({
      status: 502,
      text: `the application: connect ECONNREFUSED 127.0.0.1:${port}`,
    });
    expect(await verdict({ httpGet: { port } }, ['127.0.0.1', '::1', '127.0.0.9'])).toEqual(WELL);
    expect(await verdict({ httpGet: { port, host: '127.0.0.9' } })).toMatchObject({ status: 502 });
  });
});

describe('a probe of TCP', () => {
  it('is well where somebody listens', async () => {
    const port = await listen(createTcpServer(socket => socket.on('error', () => undefined)));
    expect(await verdict({ tcpSocket: { port } })).toEqual(WELL);
    const [free = 0] = await findFreePorts(1);
    expect(await verdict({ tcpSocket: { port: free } })).toMatchObject({ status: 502 });
  });
});

describe('a probe of gRPC', () => {
  async function healthServer(statuses: Readonly<Record<string, 'NOT_SERVING' | 'SERVING'>> | undefined): Promise<number> {
    const server = new GrpcServer();
    if (statuses !== undefined) new HealthImplementation(statuses).addToServer(server);
    running.defer(() => server.forceShutdown());
    return new Promise((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
        if (error) reject(error);
        else resolve(port);
      });
    });
  }

  it('asks the server or one of its services', async () => {
    const port = await healthServer({ '': 'SERVING', 'shop.Stock': 'NOT_SERVING' });
    expect(await verdict({ grpc: { port } })).toEqual(WELL);
    expect(await verdict({ grpc: { port, service: 'shop.Stock' } })).toEqual({
      status: 502,
      text: 'the application: it says NOT_SERVING',
    });
    expect(await verdict({ grpc: { port, service: 'shop.Other' } })).toMatchObject({ status: 502 });
  });

  it('fails where there is no health service', async () => {
    const port = await healthServer(undefined);
    expect(await verdict({ grpc: { port } })).toEqual({
      status: 502,
      text: 'the application: it has no service grpc.health.v1.Health',
    });
  });
});
