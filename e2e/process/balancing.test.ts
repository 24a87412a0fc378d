// SPDX-License-Identifier: Apache-2.0
import { setTimeout } from 'node:timers/promises';
import { answering, findFreePorts, reply, startUpstream, waitFor } from '@weir/testing';
import type { TestDocument, Upstream } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forward, route, service } from './stage/documents.ts';
import type { Fields } from './stage/documents.ts';
import { openStage } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';

/** Each a Service of its own in front of the same three endpoints, and the first of them slow for peak EWMA. */
const TYPES = {
  'round-robin': { type: 'RoundRobin' },
  'least-request': { type: 'LeastRequest' },
  random: { type: 'Random' },
  'by-header': { type: 'ConsistentHash', consistentHash: { by: 'Header', name: 'X-User' } },
  'by-cookie': { type: 'ConsistentHash', consistentHash: { by: 'Cookie', name: 'sid' } },
  'by-query': { type: 'ConsistentHash', consistentHash: { by: 'Query', name: 'user' } },
  'by-address': { type: 'ConsistentHash', consistentHash: { by: 'Address' } },
  'peak-ewma': { type: 'PeakEwma' },
  utilization: { type: 'Utilization', utilization: { blackout: '0s' } },
} as const;
type Balancer = keyof typeof TYPES;

const SLOW_MS = 150;
const NAMES = ['a', 'b', 'c'] as const;

let stage: Stage;
const endpoints: Upstream[] = [];

beforeAll(async () => {
  for (const name of NAMES) endpoints.push(await startUpstream(answering(request => answer(name, request.target))));
  const ports = endpoints.map(({ port }) => port);
  const [closedPort = 0] = await findFreePorts(1);
  stage = await openStage({
    backends: {},
    documents: [
      ...Object.entries(TYPES).flatMap(([name, balancing]) => [...service(name, ports), policy(name, { balancing })]),
      ...service('half-down', [closedPort, ...ports.slice(0, 1)]),
      policy('half-down', { balancing: TYPES['peak-ewma'] }),
      route(
        'balanced',
        [...Object.keys(TYPES), 'half-down'].map(name => forward(`/${name}`, name)),
      ),
    ],
    // Averages and turns are of each worker.
    flags: ['--workers', '1'],
  });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await Promise.all(endpoints.map(endpoint => endpoint[Symbol.asyncDispose]()));
});

/** The first endpoint takes its time where latency is what counts, and reports that it is nearly full where reports do. */
async function answer(name: string, target: string): Promise<string> {
  if (name === 'a' && target.startsWith('/peak-ewma')) await setTimeout(SLOW_MS);
  if (!target.startsWith('/utilization')) return reply({ body: name });
  const report = `TEXT cpu_utilization=${name === 'a' ? 0.9 : 0.1},rps_fractional=100`;
  return reply({ body: name, headers: { 'Endpoint-Load-Metrics': report } });
}

function policy(name: string, spec: Fields): TestDocument {
  return {
    apiVersion: 'weir.dev/v1alpha1',
    kind: 'TrafficPolicy',
    metadata: { name, namespace: 'default' },
    spec: { targetRefs: [{ group: '', kind: 'Service', name }], ...spec },
  };
}

interface Load {
  readonly count: number;
  readonly query?: (index: number) => string;
  readonly headers?: (index: number) => Readonly<Record<string, string>>;
}

/** Who answered each of `count` requests, one after the other on one connection. */
async function answers(balancer: Balancer, { count, query, headers }: Load): Promise<readonly string[]> {
  await using client = await stage.open('http');
  const names: string[] = [];
  for (let i = 0; i < count; i++) {
    const options = headers === undefined ? {} : { headers: headers(i) };
    const response = await client.request(`/${balancer}${query?.(i) ?? ''}`, options);
    expect(response.status).toBe(200);
    names.push(response.text);
  }
  return names;
}

function countOf(names: readonly string[], name: string): number {
  return names.filter(one => one === name).length;
}

describe('balancing', () => {
  it('in turn gives each endpoint exactly its share', async () => {
    const names = await answers('round-robin', { count: 60 });
    expect(NAMES.map(name => countOf(names, name))).toEqual([20, 20, 20]);
  });

  it.each(['least-request', 'random'] as const)('of type %s gives each endpoint about its share', async balancer => {
    const names = await answers(balancer, { count: 300 });
    for (const name of NAMES) expect(Math.abs(countOf(names, name) - 100)).toBeLessThan(50);
  });

  it.each([
    ['by-header', (user: number) => ({ headers: () => ({ 'X-User': `user-${user}` }) })],
    ['by-cookie', (user: number) => ({ headers: () => ({ Cookie: `theme=dark; sid=user-${user}` }) })],
    ['by-query', (user: number) => ({ query: () => `?page=2&user=user-${user}` })],
  ] as const)('by hash, %s, keeps the requests of each user together and spreads the users', async (balancer, loadOf) => {
    const homes: string[] = [];
    for (let user = 0; user < 60; user++) {
      const names = await answers(balancer, { count: 3, ...loadOf(user) });
      expect(new Set(names).size).toBe(1);
      homes.push(...names.slice(0, 1));
    }
    for (const name of NAMES) expect(countOf(homes, name)).toBeGreaterThanOrEqual(8);
  });

  it('by hash takes any endpoint for requests without the value', async () => {
    expect(new Set(await answers('by-header', { count: 60 }))).toEqual(new Set(NAMES));
  });

  it('by hash of the address sends one client to one endpoint', async () => {
    expect(new Set(await answers('by-address', { count: 30 })).size).toBe(1);
  });

  it('by latency avoids the slow one', async () => {
    const names = await answers('peak-ewma', { count: 200 });
    // It is asked once to be known, and again only where its average has faded or the others' have not come about yet.
    expect(countOf(names, 'a')).toBeLessThanOrEqual(4);
    expect(countOf(names, 'b')).toBeGreaterThan(40);
    expect(countOf(names, 'c')).toBeGreaterThan(40);
  });

  it('by latency does not take an endpoint that refuses at once for a fast one', async () => {
    await using client = await stage.open('http');
    const statuses: number[] = [];
    for (let i = 0; i < 50; i++) statuses.push((await client.request('/half-down')).status);
    expect(statuses.filter(status => status !== 200).length).toBeLessThanOrEqual(1);
  });

  it('by reports gives little to who is nearly full, and keeps the reports to itself', async () => {
    await using client = await stage.open('http');
    const answered = await client.request('/utilization');
    expect(answered.headers('endpoint-load-metrics')).toEqual([]);
    const isByReports = async (): Promise<boolean> => {
      const names = await answers('utilization', { count: 100 });
      return countOf(names, 'a') < 20 && countOf(names, 'b') > 25 && countOf(names, 'c') > 25;
    };
    await waitFor(isByReports, { what: 'shares that go by the reports' });
  });

  it('changes with its policy', async () => {
    const sticky = policy('round-robin', { balancing: TYPES['by-address'] });
    await stage.apply([sticky], async () => new Set(await answers('round-robin', { count: 6 })).size === 1);
    await stage.apply([policy('round-robin', { balancing: TYPES['round-robin'] })], async () => {
      const names = await answers('round-robin', { count: 6 });
      return NAMES.every(name => countOf(names, name) === 2);
    });
  });
});
