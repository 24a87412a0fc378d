// SPDX-License-Identifier: Apache-2.0
import { answering, echo, findFreePorts, reply } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backend, forward, namespace, prefix, referenceGrant, route, service } from './stage/documents.ts';
import { openStage, PROTOCOLS } from './stage/open-stage.ts';
import type { Protocol, Stage } from './stage/open-stage.ts';

let stage: Stage;
/** Attempts that the flaky backend has seen, by path. */
const attempts = new Map<string, number>();

const flaky = answering((request, connection) => {
  const count = (attempts.get(request.target) ?? 0) + 1;
  attempts.set(request.target, count);
  if (request.target.startsWith('/retry-code') && count % 3 !== 0) return reply({ status: 503, body: 'not yet' });
  if (request.target.startsWith('/no-retry')) return reply({ status: 503, body: 'never' });
  return echo('flaky')(request, connection);
});

/** Reads a request and says nothing. */
const silent = answering(() => undefined);

beforeAll(async () => {
  const [closedPort = 0] = await findFreePorts(1);
  stage = await openStage({
    backends: { main: 'echo', ninety: 'echo', ten: 'echo', inner: 'echo', flaky, silent },
    documents: [
      ...service('down', [closedPort]),
      ...service('empty', []),
      namespace('other'),
      route('forwards', [
        {
          matches: [prefix('/weighted')],
          backendRefs: [backend('ninety', { weight: 90 }), backend('ten', { weight: 10 }), backend('main', { weight: 0 })],
        },
        {
          matches: [prefix('/half-broken')],
          backendRefs: [backend('main', { weight: 1 }), backend('missing', { weight: 1 })],
        },
        forward('/missing', 'missing'),
        forward('/empty', 'empty'),
        forward('/down', 'down'),
        { matches: [prefix('/nowhere')] },
        forward('/request-timeout', 'silent', { timeouts: { request: '150ms' } }),
        forward('/attempt-timeout', 'silent', { timeouts: { request: '5s', backendRequest: '150ms' } }),
        forward('/retry-code', 'flaky', { retry: { attempts: 3, codes: [503], backoff: '5ms' } }),
        forward('/no-retry', 'flaky'),
        forward('/retry-down', 'down', { retry: { attempts: 2, codes: [500], backoff: '5ms' } }),
      ]),
      route('granted', [{ matches: [prefix('/granted')], backendRefs: [backend('inner', { namespace: 'default' })] }], {
        namespace: 'other',
      }),
      referenceGrant('other', 'default'),
      namespace('closed'),
      ...service('locked', [closedPort], 'closed'),
      route('refused', [{ matches: [prefix('/refused')], backendRefs: [backend('locked', { namespace: 'closed' })] }]),
    ],
  });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

/** How many of `count` requests each backend answered. */
async function shares(protocol: Protocol, target: string, count: number): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  await using client = await stage.open(protocol);
  for (let i = 0; i < count; i++) {
    const response = await client.request(target);
    const { backend: name } = response.json() as { backend: string };
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

describe.each(PROTOCOLS)('backends over %s', protocol => {
  it('share requests by weight, within two points over a thousand requests', async () => {
    const counts = await shares(protocol, '/weighted', 1000);

    expect(counts.get('ten')).toBeGreaterThanOrEqual(80);
    expect(counts.get('ten')).toBeLessThanOrEqual(120);
    expect(counts.get('main')).toBeUndefined();
  });

  it('answer 500 for the share of a broken reference', async () => {
    const statuses: number[] = [];
    // On one connection, which is on one worker: each worker has a rotation of its own.
    await using client = await stage.open(protocol);
    for (let i = 0; i < 20; i++) statuses.push((await client.request('/half-broken')).status);

    expect(statuses.filter(status => status === 200)).toHaveLength(10);
    expect(statuses.filter(status => status === 500)).toHaveLength(10);
  });

  it.each([
    ['a Service that does not exist', '/missing', 500],
    ['a rule without backends', '/nowhere', 500],
    ['a Service of a namespace that has not granted it', '/refused', 500],
    ['a Service without endpoints', '/empty', 503],
    ['an endpoint that nobody listens on', '/down', 503],
    ['an endpoint that nobody listens on, after retries', '/retry-down', 503],
    ['a request that takes too long', '/request-timeout', 504],
    ['an attempt that takes too long', '/attempt-timeout', 504],
  ])('answer for %s', async (_case, target, status) => {
    const response = await stage.send(protocol, target);

    expect(response.status).toBe(status);
    expect(response.text).not.toMatch(/127\.0\.0\.1|node|weir/iv);
  });

  it('are tried again after the codes that a rule lists', async () => {
    attempts.clear();

    expect(await stage.echo(protocol, '/retry-code/x', { method: 'PUT', body: 'again' })).toMatchObject({ body: 'again' });
    expect(attempts.get('/retry-code/x')).toBe(3);
  });

  it('are not tried again with what the backend may have done already', async () => {
    attempts.clear();

    await stage.send(protocol, '/retry-code/x', { method: 'POST', body: 'once' });

    expect(attempts.get('/retry-code/x')).toBe(1);
  });

  it('are not tried again without a rule that says so', async () => {
    attempts.clear();

    const response = await stage.send(protocol, '/no-retry');

    expect(response.text).toBe('never');
    expect(attempts.get('/no-retry')).toBe(1);
  });

  it('may lie in a namespace that grants it', async () => {
    expect(await stage.echo(protocol, '/granted')).toMatchObject({ backend: 'inner' });
  });
});
