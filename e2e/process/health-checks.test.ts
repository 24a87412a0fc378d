// SPDX-License-Identifier: Apache-2.0
import { Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { answering, createTestAuthority, findFreePorts, reply, startUpstream, waitFor } from '@weir/testing';
import type { TestDocument, Upstream, UpstreamConnection } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backend, configMap, forward, gateway, route, service } from './stage/documents.ts';
import type { Fields } from './stage/documents.ts';
import { openStage } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';
import { portService, streamRoute } from './stage/stream-documents.ts';
import { converse } from './stage/stream-servers.ts';
import { startTlsBackend, tlsPolicy } from './stage/tls-backend.ts';

const CHECK = { interval: '100ms', timeout: '2s', healthyThreshold: 2, unhealthyThreshold: 2 };
const HTTP = { ...CHECK, type: 'HTTP', http: { path: '/healthz' } };

const NAMES = ['a', 'b', 'c'] as const;
type Name = (typeof NAMES)[number];

let stage: Stage;
const endpoints = new Map<Name, Upstream>();
const sick = new Set<Name>();
const health = [new HealthImplementation({ '': 'SERVING' }), new HealthImplementation({ '': 'SERVING', 'shop.Cart': 'SERVING' })];
const grpcServers: GrpcServer[] = [];
const tcpPorts: number[] = [];
const closing = new AsyncDisposableStack();

beforeAll(async () => {
  for (const name of NAMES) {
    const script = answering(({ target }) => answer(name, target));
    endpoints.set(name, closing.use(await startUpstream(script)));
  }
  const ports = [...endpoints.values()].map(({ port }) => port);
  const [nobody = 0, listener = 0, ...free] = await findFreePorts(4);
  tcpPorts.push(listener, ...free);
  const grpcPorts = await Promise.all(health.map(implementation => startGrpc(implementation)));
  const authority = await createTestAuthority();
  const secured = closing.use(await startTlsBackend('secured', await authority.issue('backend.test')));
  stage = await openStage({
    backends: {},
    documents: [
      ...service('web', ports),
      policy('web', { healthCheck: HTTP, balancing: { type: 'RoundRobin' } }),
      ...service('growing', ports.slice(0, 2)),
      policy('growing', { slowStart: { window: '1h' }, balancing: { type: 'RoundRobin' } }),
      ...service('never-panics', ports),
      policy('never-panics', { healthCheck: HTTP, panicThreshold: 0 }),
      ...service('away', [nobody, ...ports.slice(0, 1)]),
      policy('away', { healthCheck: { ...CHECK, type: 'TCP' }, panicThreshold: 0 }),
      ...portService(
        'grpc',
        grpcPorts.map(port => ({ port })),
      ),
      policy('grpc', { healthCheck: { ...CHECK, type: 'GRPC', grpc: { service: '' } }, panicThreshold: 0 }),
      {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'GRPCRoute',
        metadata: { name: 'grpc', namespace: 'default' },
        spec: {
          parentRefs: [{ name: 'edge' }],
          hostnames: ['grpc.example.com'],
          rules: [{ backendRefs: [backend('grpc')] }],
        },
      },
      ...portService(
        'db',
        free.map(port => ({ port })),
      ),
      policy('db', { healthCheck: { ...CHECK, type: 'TCP' }, panicThreshold: 0, balancing: { type: 'RoundRobin' } }),
      ...service('secured', [secured.port]),
      ...service('mistrusted', [secured.port]),
      configMap('authorities', { 'ca.crt': authority.certificatePem }),
      tlsPolicy('secured', { authorities: 'authorities' }),
      tlsPolicy('mistrusted', { authorities: 'authorities', hostname: 'other.test' }),
      ...['secured', 'mistrusted'].map(name => policy(name, { healthCheck: HTTP })),
      gateway('streams', [{ name: 'db', protocol: 'TCP', port: listener }]),
      streamRoute('TCPRoute', 'db', { backends: [backend('db')], parent: { name: 'streams' } }),
      route(
        'checked',
        ['web', 'never-panics', 'away', 'growing', 'secured', 'mistrusted'].map(name => forward(`/${name}`, name)),
      ),
    ],
    flags: ['--workers', '2'],
  });
  closing.use(stage);
});

afterAll(async () => {
  await closing.disposeAsync();
  for (const server of grpcServers) server.forceShutdown();
});

function policy(name: string, spec: Fields): TestDocument {
  return {
    apiVersion: 'weir.dev/v1alpha1',
    kind: 'TrafficPolicy',
    metadata: { name, namespace: 'default' },
    spec: { targetRefs: [{ group: '', kind: 'Service', name }], ...spec },
  };
}

function answer(name: Name, target: string): string {
  if (target === '/healthz') return reply({ status: sick.has(name) ? 503 : 200 });
  return reply({ body: name });
}

async function startGrpc(implementation: HealthImplementation): Promise<number> {
  const server = new GrpcServer();
  implementation.addToServer(server);
  grpcServers.push(server);
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}

/** Waits until so many endpoints are in a state, as the metrics say. */
async function waitForCount(name: string, state: 'available' | 'unhealthy', count: number): Promise<void> {
  const line = `weir_endpoints{backend="default/${name}:80",state="${state}"} ${count}\n`;
  await waitFor(async () => (await stage.weir.metrics()).includes(line), {
    what: () => `${line}\n${stage.weir.child.output}`,
  });
}

/** Who answered each of some requests, or the status where that was no 200. */
async function answers(path: string, count: number): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (let i = 0; i < count; i++) {
    const { status, text } = await stage.send('http', path, { headers: { Connection: 'close' } });
    names.add(status === 200 ? text : String(status));
  }
  return names;
}

describe('endpoints that are asked over HTTP', () => {
  it('are used before they have answered, and as long as they do', async () => {
    expect(await answers('/web', 12)).toEqual(new Set(NAMES));
    await waitFor(() => NAMES.every(name => endpoints.get(name)?.requests.some(({ target }) => target === '/healthz')), {
      what: 'checks of all',
    });
    await waitForCount('web', 'available', 3);
  });

  it('are left alone when they say that they cannot serve, and come back', async () => {
    sick.add('b');
    await waitForCount('web', 'unhealthy', 1);
    expect(await answers('/web', 20)).toEqual(new Set(['a', 'c']));
    sick.clear();
    await waitForCount('web', 'available', 3);
    expect(await answers('/web', 12)).toEqual(new Set(NAMES));
    const { output } = stage.weir.child;
    expect(output).toContain('fails its health checks: it answers 503 instead of 200 to 299 (2 of 3 endpoints are available)');
    expect(output).toContain('passes its health checks (3 of 3 endpoints are available)');
  });

  it('are all used where too few are left, unless nobody may panic', async () => {
    sick.add('a');
    sick.add('b');
    await waitForCount('web', 'unhealthy', 2);
    await waitForCount('never-panics', 'unhealthy', 2);
    expect(await answers('/web', 20)).toEqual(new Set(NAMES));
    expect(await answers('/never-panics', 20)).toEqual(new Set(['c']));
    sick.add('c');
    await waitForCount('never-panics', 'unhealthy', 3);
    expect(await answers('/never-panics', 4)).toEqual(new Set(['503']));
    expect(await answers('/web', 20)).toEqual(new Set(NAMES));
    sick.clear();
    await waitForCount('never-panics', 'available', 3);
  });

  it('are asked once, however many workers there are', async () => {
    const [endpoint] = endpoints.values();
    endpoint?.forget();
    const before = performance.now();
    await waitFor(() => (endpoint?.requests.length ?? 0) >= 10, { what: 'checks' });
    // Two Services ask, each every 90 to 110 ms.
    expect(performance.now() - before).toBeGreaterThan(350);
  });
});

describe('endpoints behind TLS', () => {
  it('are asked over TLS, and verified as requests verify them', async () => {
    await waitFor(
      async () =>
        (await stage.weir.metrics()).includes('weir_health_checks_total{backend="default/secured:80",result="success"}'),
      {
        what: 'a check over TLS',
      },
    );
    await waitForCount('mistrusted', 'unhealthy', 1);
    await waitForCount('secured', 'available', 1);
  });
});

describe('endpoints that are asked by TCP', () => {
  it('are left alone where nobody listens', async () => {
    await waitForCount('away', 'unhealthy', 1);
    expect(await answers('/away', 12)).toEqual(new Set(['a']));
  });

  it('get no connections of a TCPRoute while they are away', async () => {
    const [listener = 0, first = 0, second = 0] = tcpPorts;
    const script = (name: string) => async (connection: UpstreamConnection) => {
      if (await connection.reader.hasMore()) await connection.send(name);
      connection.socket.end();
    };
    closing.use(await startUpstream(script('first'), { port: first }));
    await waitForCount('db', 'unhealthy', 1);
    const named = async (): Promise<ReadonlySet<string>> => {
      const names = new Set<string>();
      for (let i = 0; i < 8; i++) names.add(await converse({ port: listener }, 'who'));
      return names;
    };
    expect(await named()).toEqual(new Set(['first']));
    closing.use(await startUpstream(script('second'), { port: second }));
    await waitForCount('db', 'available', 2);
    expect(await named()).toEqual(new Set(['first', 'second']));
  });
});

describe('endpoints that are asked by gRPC', () => {
  it('are left alone when their health service says so', async () => {
    await waitForCount('grpc', 'available', 2);
    health[0]?.setStatus('', 'NOT_SERVING');
    await waitForCount('grpc', 'unhealthy', 1);
    expect(stage.weir.child.output).toContain('it says NOT_SERVING');
    health[0]?.setStatus('', 'SERVING');
    await waitForCount('grpc', 'available', 2);
  });
});

describe('a slow start', () => {
  it('gives an endpoint that joins others little at first', async () => {
    expect(await answers('/growing', 12)).toEqual(new Set(['a', 'b']));
    const ports = [...endpoints.values()].map(({ port }) => port);
    const asked = (): number => endpoints.get('c')?.requests.filter(({ target }) => target === '/growing').length ?? 0;
    await stage.apply(service('growing', ports).slice(-1), waitForThird);
    const before = asked();
    await answers('/growing', 300);
    // A tenth of its third.
    expect(asked() - before).toBeGreaterThan(0);
    expect(asked() - before).toBeLessThan(40);
  });

  async function waitForThird(): Promise<boolean> {
    return (await stage.weir.metrics()).includes('weir_endpoints{backend="default/growing:80",state="available"} 3');
  }
});
