// SPDX-License-Identifier: Apache-2.0
import { createServer } from 'node:http';
import { createSecureServer, createServer as createHttp2Server } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import type { Backend, BackendTls, HealthProbe, ResourceName, TrustBundle } from '@weir/policy/snapshot';
import { createTestAuthority } from '@weir/testing';
import type { KeyPair, TestAuthority } from '@weir/testing';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { localProxyHeader } from '../proxy-protocol/proxy-header.ts';
import { BackendSessions } from '../tls/backend-sessions.ts';
import { probe } from './probe.ts';

const TLS: BackendTls = { serverName: 'a.test', subjectAltNames: [], usesSystemAuthorities: false, trustBundle: 'trust/ns/a' };
const HTTP: HealthProbe = { kind: 'http', path: '/healthz?deep=1', host: undefined, expectedStatuses: [] };
const GRPC: HealthProbe = { kind: 'grpc', service: '' };

let authority: TestAuthority;
let pair: KeyPair;
let sessions: BackendSessions;
const servers: { close(): void }[] = [];

beforeAll(async () => {
  authority = await createTestAuthority();
  pair = await authority.issue('a.test');
  const bundle: TrustBundle = { kind: 'trustBundle', name: 'trust/ns/a', authoritiesPem: authority.certificatePem };
  const trustBundles = new Map<ResourceName, TrustBundle>([[bundle.name, bundle]]);
  sessions = new BackendSessions({ trustBundles, certificateOf: () => undefined });
});

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  servers.push(server);
  return (server.address() as AddressInfo).port;
}

interface Asking extends Pick<Partial<Backend>, 'protocol' | 'proxyProtocol' | 'tls'> {
  readonly ask: HealthProbe;
  readonly timeoutMs?: number;
}

/** '' = it can serve, else why not. */
async function verdict(port: number, asking: Asking): Promise<string> {
  const { ask, timeoutMs = 2000, protocol = 'http1', proxyProtocol, tls } = asking;
  const backend: Backend = {
    ...{
      kind: 'backend',
      name: 'backend/shop/cart/80',
      label: 'shop/cart:80',
      balance: 'random',
      connectTimeoutMs: 1000,
      sessionPersistence: undefined,
      circuitBreaker: undefined,
      connectionLimits: undefined,
      sources: [],
    },
    ...{ protocol, proxyProtocol, tls, endpoints: [{ address: '127.0.0.1', port }] },
  };
  const thresholds = { intervalMs: 1000, timeoutMs, healthyThreshold: 1, unhealthyThreshold: 1, port: undefined };
  const preamble = {
    proxyHeader: proxyProtocol && localProxyHeader(proxyProtocol),
    tls: tls && sessions.sessionFor(tls, undefined).options,
  };
  const target = { address: '127.0.0.1', port, backend, check: { ...thresholds, probe: ask }, preamble };
  try {
    await probe(target, AbortSignal.timeout(timeoutMs));
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A server that answers each request with the status in its path, and remembers what it was asked. */
function statusServer(status: number, seen: string[] = []): Server {
  return createServer((request, response) => {
    seen.push(`${request.method ?? ''} ${request.url ?? ''} ${request.headers.host ?? ''}`);
    response.writeHead(status).end('body');
  });
}

describe('a check by HTTP', () => {
  it('asks for the path, as the Service that it is part of', async () => {
    const seen: string[] = [];
    const port = await listen(statusServer(204, seen));
    expect(await verdict(port, { ask: HTTP })).toBe('');
    expect(await verdict(port, { ask: { ...HTTP, host: 'cart.example' } })).toBe('');
    expect(seen).toEqual(['GET /healthz?deep=1 cart.shop', 'GET /healthz?deep=1 cart.example']);
  });

  it.each([
    [200, [], ''],
    [302, [], 'it answers 302 instead of 200 to 299'],
    [503, [200, 503], ''],
    [204, [200], 'it answers 204 instead of 200'],
  ])('takes %i, with %j expected, for %j', async (status, expectedStatuses, text) => {
    const port = await listen(statusServer(status));
    expect(await verdict(port, { ask: { ...HTTP, expectedStatuses } })).toBe(text);
  });

  it('fails where nobody listens, nobody answers, or something else answers', async () => {
    const port = await listen(createTcpServer(socket => socket.on('error', () => undefined)));
    expect(await verdict(port, { ask: HTTP, timeoutMs: 100 })).toContain('aborted');
    const [closing] = servers.splice(0);
    closing?.close();
    const talker = await listen(createTcpServer(socket => socket.on('error', () => undefined).end('220 mail ESMTP\r\n')));
    expect(await verdict(talker, { ask: HTTP })).toContain('Parse Error');
    expect(await verdict(1, { ask: HTTP })).toContain('ECONNREFUSED');
  });

  it('speaks HTTP/2 to backends that do', async () => {
    const server = createHttp2Server((request, response) => {
      response.writeHead(request.authority === 'cart.shop' ? 200 : 400).end();
    });
    const port = await listen(server);
    expect(await verdict(port, { ask: HTTP, protocol: 'http2' })).toBe('');
    expect(await verdict(await listen(statusServer(200)), { ask: HTTP, protocol: 'http2', timeoutMs: 500 })).not.toBe('');
  });

  it('is over TLS where the backend is, and verified', async () => {
    const secured = { key: pair.keyPem, cert: pair.certificatePem };
    const port = await listen(
      createHttpsServer(secured, (request, response) => {
        response.writeHead(request.headers.host === 'a.test' ? 200 : 400).end();
      }),
    );
    expect(await verdict(port, { ask: HTTP, tls: TLS })).toBe('');
    expect(await verdict(port, { ask: HTTP, tls: { ...TLS, serverName: 'b.test' } })).toContain('wanted dns b.test');
    expect(await verdict(port, { ask: { kind: 'tcp' }, tls: { ...TLS, serverName: 'b.test' } })).toContain('wanted dns b.test');
    const http2 = await listen(
      createSecureServer(secured, (_request, response) => {
        response.writeHead(200).end();
      }),
    );
    expect(await verdict(http2, { ask: HTTP, tls: TLS, protocol: 'http2' })).toBe('');
  });

  it.each(['v1', 'v2'] as const)(
    'begins with a PROXY header %s of no client where the backend wants one',
    async proxyProtocol => {
      const expected = localProxyHeader(proxyProtocol);
      const port = await listen(
        createTcpServer(socket => {
          socket.once('data', (bytes: Buffer) => {
            const isRight = bytes.subarray(0, expected.length).equals(expected);
            socket.end(`HTTP/1.1 ${isRight ? 200 : 400} X\r\nContent-Length: 0\r\n\r\n`);
          });
        }),
      );
      expect(await verdict(port, { ask: HTTP, proxyProtocol })).toBe('');
    },
  );
});

describe('a check of any kind', () => {
  const kinds: readonly [string, Asking][] = [
    ['HTTP/1.1', { ask: HTTP }],
    ['HTTP/2', { ask: HTTP, protocol: 'http2' }],
    ['gRPC', { ask: GRPC }],
    ['HTTP over TLS', { ask: HTTP, tls: TLS }],
    ['gRPC over TLS', { ask: GRPC, tls: TLS }],
  ];

  it.each(kinds)(
    'fails, and nothing else does, where nobody answers, somebody resets, or says nonsense: %s',
    async (_, asking) => {
      // The settings frame of HTTP/2, and then silence: the session is there.
      const greeting = Buffer.from('000000040000000000', 'hex');
      const silent = await listen(createTcpServer(socket => socket.on('error', () => undefined).write(greeting)));
      expect(await verdict(silent, { ...asking, timeoutMs: 100 })).not.toBe('');
      const quiet = await listen(createTcpServer(socket => socket.on('error', () => undefined)));
      expect(await verdict(quiet, { ...asking, timeoutMs: 100 })).not.toBe('');
      const resetting = await listen(createTcpServer(socket => socket.once('data', () => socket.resetAndDestroy())));
      expect(await verdict(resetting, asking)).not.toBe('');
      const nonsense = await listen(createTcpServer(socket => socket.on('error', () => undefined).end('nonsense, and no more')));
      expect(await verdict(nonsense, asking)).not.toBe('');
    },
  );
});

describe('a check by TCP', () => {
  it('succeeds where somebody listens', async () => {
    const port = await listen(createTcpServer(socket => socket.on('error', () => undefined)));
    expect(await verdict(port, { ask: { kind: 'tcp' } })).toBe('');
    expect(await verdict(1, { ask: { kind: 'tcp' } })).toContain('ECONNREFUSED');
  });
});

describe('a check by gRPC', () => {
  const longName = `shop.v1.${'Cart'.repeat(40)}`;

  async function grpcServer(health: HealthImplementation | undefined): Promise<number> {
    const server = new GrpcServer();
    health?.addToServer(server);
    servers.push({ close: () => server.forceShutdown() });
    return new Promise((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
        if (error === null) resolve(port);
        else reject(error);
      });
    });
  }

  it('asks the health service of the gRPC project', async () => {
    const health = new HealthImplementation({ '': 'SERVING', 'shop.v1.Cart': 'NOT_SERVING', [longName]: 'SERVING' });
    const port = await grpcServer(health);
    expect(await verdict(port, { ask: GRPC })).toBe('');
    expect(await verdict(port, { ask: { ...GRPC, service: longName } })).toBe('');
    expect(await verdict(port, { ask: { ...GRPC, service: 'shop.v1.Cart' } })).toBe('it says NOT_SERVING');
    expect(await verdict(port, { ask: { ...GRPC, service: 'shop.v1.Nobody' } })).toBe(
      'it does not know the service `shop.v1.Nobody`',
    );
  });

  it('fails where there is no such service, and where it is no gRPC', async () => {
    expect(await verdict(await grpcServer(undefined), { ask: GRPC })).toBe('it has no service grpc.health.v1.Health');
    const pages = createHttp2Server((_request, response) => {
      response.writeHead(200).end('x'.repeat(10_000));
    });
    expect(await verdict(await listen(pages), { ask: GRPC })).toBe('its answer is longer than 4096 bytes');
  });
});
