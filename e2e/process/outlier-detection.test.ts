// SPDX-License-Identifier: Apache-2.0
import { answering, reply, startUpstream, waitFor } from '@weir/testing';
import type { TestDocument, Upstream, UpstreamConnection } from '@weir/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { forward, route, service } from './stage/documents.ts';
import type { Fields } from './stage/documents.ts';
import { openStage } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';

const NAMES = ['a', 'b', 'c', 'd'] as const;
type Name = (typeof NAMES)[number];
/** What an endpoint does with each request. */
type Conduct = 'answer' | 'fail' | 'half' | 'reset' | 'silence' | 'unavailable';

const EJECTION = { consecutive5xx: 3, baseEjectionTime: '1h', maxEjectionPercent: 30 };

/** Each a Service of its own in front of the same four endpoints, of which one at a time may be ejected. */
const SERVICES: Readonly<Record<string, Fields>> = {
  turns: { balancing: { type: 'RoundRobin' }, outlierDetection: EJECTION },
  loads: { balancing: { type: 'LeastRequest' }, outlierDetection: EJECTION },
  hashed: {
    balancing: { type: 'ConsistentHash', consistentHash: { by: 'Header', name: 'X-User' } },
    outlierDetection: EJECTION,
  },
  resets: { balancing: { type: 'RoundRobin' }, outlierDetection: EJECTION },
  halves: { balancing: { type: 'RoundRobin' }, outlierDetection: EJECTION },
  silent: { balancing: { type: 'RoundRobin' }, outlierDetection: EJECTION, timeouts: { attempt: '100ms' } },
  gateway: {
    balancing: { type: 'RoundRobin' },
    outlierDetection: { ...EJECTION, consecutive5xx: 0, consecutiveGatewayErrors: 3 },
  },
  returning: {
    balancing: { type: 'RoundRobin' },
    outlierDetection: { ...EJECTION, baseEjectionTime: '300ms' },
  },
};

let stage: Stage;
const endpoints = new Map<Name, Upstream>();
const conducts = new Map<Name, Conduct>();

beforeAll(async () => {
  for (const name of NAMES) {
    endpoints.set(name, await startUpstream(answering((_request, connection) => answer(name, connection))));
  }
  const ports = [...endpoints.values()].map(({ port }) => port);
  stage = await openStage({
    backends: {},
    documents: [
      ...Object.entries(SERVICES).flatMap(([name, spec]) => [...service(name, ports), policy(name, spec)]),
      route(
        'watched',
        Object.keys(SERVICES).map(name => forward(`/${name}`, name)),
      ),
    ],
    flags: ['--workers', '2'],
  });
});

afterEach(() => {
  conducts.clear();
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await Promise.all([...endpoints.values()].map(endpoint => endpoint[Symbol.asyncDispose]()));
});

function policy(name: string, spec: Fields): TestDocument {
  return {
    apiVersion: 'weir.dev/v1alpha1',
    kind: 'TrafficPolicy',
    metadata: { name, namespace: 'default' },
    spec: { targetRefs: [{ group: '', kind: 'Service', name }], ...spec },
  };
}

function answer(name: Name, { socket }: UpstreamConnection): string | undefined {
  switch (conducts.get(name)) {
    case 'fail':
      return reply({ status: 500, body: name });
    case 'reset':
      socket.resetAndDestroy();
      return undefined;
    case 'silence':
      return undefined;
    case 'unavailable':
      return reply({ status: 503, body: name });
    case 'half':
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
      return undefined;
    default:
      return reply({ body: name });
  }
}

function hits(name: Name, path: string): number {
  return endpoints.get(name)?.requests.filter(({ target }) => target.startsWith(path)).length ?? 0;
}

/** Each on a connection of its own, so that both workers get some. */
async function send(path: string, count: number, headers: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const bodies: string[] = [];
  for (let i = 0; i < count; i++) {
    const sent = stage.send('http', path, { headers: { Connection: 'close', ...headers } });
    // Half an answer is no answer to the client, either.
    bodies.push(await sent.then(({ text }) => text).catch(() => 'cut'));
  }
  return bodies;
}

/** How many of the endpoints are available, as the metrics say. */
async function available(name: string): Promise<number> {
  const line = new RegExp(String.raw`^weir_endpoints\{backend="default/${name}:80",state="available"\} (?<count>\d+)`, 'mv');
  return Number(line.exec(await stage.weir.metrics())?.groups?.['count']);
}

function ejectionLine(name: string, port: number | undefined): RegExp {
  return new RegExp(String.raw`unavailable: default/${name}:80 endpoint 127\.0\.0\.1:${port} is ejected for 1h`, 'v');
}

describe('an endpoint that fails', () => {
  it.each(['turns', 'loads'])('is left alone by all workers after as many failures as allowed: %s', async name => {
    conducts.set('a', 'fail');
    const bodies = await send(`/${name}`, 60);
    // Whichever workers met with them: counted apart, there would be more.
    expect(hits('a', `/${name}`)).toBe(3);
    expect(new Set(bodies)).toEqual(new Set(NAMES));
    expect(await available(name)).toBe(3);
    await waitFor(() => ejectionLine(name, endpoints.get('a')?.port).test(stage.weir.child.output), {
      what: () => `the line about it\n${stage.weir.child.output}`,
    });
    expect(await stage.weir.metrics()).toContain(
      `weir_endpoint_ejections_total{backend="default/${name}:80",reason="consecutive_5xx"} 1`,
    );
  });

  it.each([
    ['resets', 'reset'],
    ['halves', 'half'],
    ['silent', 'silence'],
    ['gateway', 'unavailable'],
  ] as const)('is left alone whatever it does: %s', async (name, conduct) => {
    conducts.set('b', conduct);
    await send(`/${name}`, 40);
    expect(await available(name)).toBe(3);
    const failures = hits('b', `/${name}`);
    // A GET whose connection is lost goes once more, on a new one.
    expect(failures).toBeGreaterThanOrEqual(3);
    expect(failures).toBeLessThanOrEqual(6);
    await send(`/${name}`, 20);
    expect(hits('b', `/${name}`)).toBe(failures);
  });

  it('of another error than a gateway has is not left alone where only those count', async () => {
    conducts.set('c', 'fail');
    await send('/gateway', 20);
    expect(hits('c', '/gateway')).toBeGreaterThan(4);
  });

  it('takes no other with it beyond the maximum', async () => {
    conducts.set('a', 'fail');
    conducts.set('c', 'fail');
    conducts.set('d', 'fail');
    await send('/returning', 60);
    expect(await available('returning')).toBeGreaterThanOrEqual(3);
  });

  it('is used again after its time', async () => {
    const returned = async (): Promise<boolean> => (await available('returning')) === 4;
    await waitFor(returned, { what: 'all to be available' });
    conducts.set('b', 'fail');
    await send('/returning', 20);
    expect(await available('returning')).toBe(3);
    conducts.clear();
    await waitFor(returned, { what: 'it to return' });
    const before = hits('b', '/returning');
    await send('/returning', 12);
    expect(hits('b', '/returning')).toBeGreaterThan(before);
    expect(stage.weir.child.output).toContain('is no longer ejected (4 of 4 endpoints are available)');
  });
});

describe('consistent hashing', () => {
  it('moves the keys of an ejected endpoint, and no others', async () => {
    const homeOf = async (user: number): Promise<string> => (await send('/hashed', 1, { 'X-User': `user-${user}` }))[0] ?? '';
    const users = Array.from({ length: 40 }, (_, user) => user);
    const before: string[] = [];
    for (const user of users) before.push(await homeOf(user));
    const lost = before.indexOf('a');
    conducts.set('a', 'fail');
    for (let i = 0; i < 3; i++) await homeOf(lost);
    for (const user of users) {
      const home = await homeOf(user);
      if (before[user] === 'a') expect(home).not.toBe('a');
      else expect(home).toBe(before[user]);
    }
  });
});
