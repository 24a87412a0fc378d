// SPDX-License-Identifier: Apache-2.0
import { answering, reply, request } from '@weir/testing';
import type { UpstreamScript } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forward } from '../stage/documents.ts';
import type { Fields } from '../stage/documents.ts';
import { EDGE_PARENT, meshPolicy, meshRoute, meshTarget, serviceParent } from './stage/mesh-documents.ts';
import { openMeshStage } from './stage/mesh-stage.ts';
import type { MeshStage } from './stage/mesh-stage.ts';

// Who enforces what: the receiver who may call and how much, the caller how it calls.

let stage: MeshStage;

const limit = (requests: number): Fields => ({ rateLimits: [{ name: 'few', windows: [{ requests, per: '24h' }] }] });
const allow = (name: string, more: Fields): Fields => ({ rules: [{ name, action: 'Allow', ...more }] });
const service = (name: string): Fields => ({ targetRefs: [meshTarget.service(name)] });
const route = (name: string, more: Fields = {}): Fields => ({ targetRefs: [meshTarget.route(name, more)] });

/** Fails the first attempt of each request that names itself. */
function flaky(): UpstreamScript {
  const seen = new Set<string>();
  return answering(({ target }) => {
    const isFirst = !seen.has(target);
    seen.add(target);
    return reply(isFirst ? { status: 503 } : { body: 'at last' });
  });
}

beforeAll(async () => {
  stage = await openMeshStage({
    apps: {
      cart: { calls: ['guarded', 'routed', 'limited', 'faulty', 'slow', 'flaky', 'dead'] },
      visitor: { calls: ['guarded', 'routed', 'limited'] },
      guarded: {},
      routed: {},
      limited: {},
      faulty: {},
      slow: { answers: answering(() => undefined) },
      flaky: { answers: flaky() },
      dead: { answers: answering(() => reply({ status: 503 })) },
    },
    documents: [
      meshPolicy('AccessPolicy', 'guarded', {
        ...service('guarded'),
        authorization: allow('cart', { identities: ['shop/cart'] }),
      }),
      meshRoute('routed', {
        parents: [serviceParent('routed')],
        rules: [
          { ...forward('/open', 'routed'), name: 'open' },
          { ...forward('/inner', 'routed'), name: 'inner' },
        ],
      }),
      meshPolicy('AccessPolicy', 'inner', {
        ...route('routed', { sectionName: 'inner' }),
        authorization: allow('cart', { identities: ['shop/cart'] }),
      }),
      meshRoute('limited', { parents: [EDGE_PARENT, serviceParent('limited')], rules: [forward('/limited', 'limited')] }),
      meshPolicy('TrafficPolicy', 'limited', { ...service('limited'), ...limit(4) }),
      meshPolicy('TrafficPolicy', 'faulty', {
        ...service('faulty'),
        faults: [{ name: 'trial', percent: 100, abort: { status: 418 } }],
      }),
      meshPolicy('TrafficPolicy', 'slow', { ...service('slow'), timeouts: { request: '200ms' } }),
      meshPolicy('TrafficPolicy', 'flaky', { ...service('flaky'), retry: { attempts: 2, statusCodes: [503], backoff: '1ms' } }),
      meshPolicy('TrafficPolicy', 'dead', {
        ...service('dead'),
        circuitBreaker: { minimumRequests: 4, window: '1m', openFor: '1m' },
      }),
    ],
  });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

async function statusOf(caller: string, called: string, target: string): Promise<number> {
  return (await stage.send([caller, called], target)).status;
}

/** Past any sidecar of a caller, in plaintext. */
async function statusPast(called: string, target: string): Promise<number> {
  const { address: host, port } = stage.placeOf(called);
  return (await request({ host, port }, target)).status;
}

describe('the receiver', () => {
  it('admits callers by their identity, whatever they say, and says who decided', async () => {
    expect(await statusOf('cart', 'guarded', '/a')).toBe(200);
    expect(await statusOf('visitor', 'guarded', '/b')).toBe(403);
    expect(await stage.logged({ path: '/b', listener: 'inbound/shop/guarded/80' })).toMatchObject({
      status: 403,
      policy: 'shop/guarded',
    });
    expect(await stage.logged({ path: '/b', listener: 'mesh/shop/guarded/80' })).toMatchObject({ attempts: 1 });
    expect(stage.upstream('guarded').requests).toHaveLength(1);
  });

  it('refuses who comes in plaintext past the mesh, as it has no identity', async () => {
    expect(await statusPast('guarded', '/')).toBe(403);
  });

  it.each([
    ['cart', '/open', 200],
    ['cart', '/inner', 200],
    ['visitor', '/open', 200],
    ['visitor', '/inner/x', 403],
  ])('admits by the policy of a rule: %s at %s', async (caller, target, expected) => {
    expect(await statusOf(caller, 'routed', target)).toBe(expected);
  });

  it('holds the policy of a rule also against who comes past the mesh', async () => {
    expect(await statusPast('routed', '/open')).toBe(200);
    expect(await statusPast('routed', '/inner')).toBe(403);
  });

  it('counts calls of all callers, and of those in plaintext, in one limit', async () => {
    const statuses = [
      await statusOf('cart', 'limited', '/limited/1'),
      await statusOf('visitor', 'limited', '/limited/2'),
      await statusPast('limited', '/limited/3'),
      await statusOf('cart', 'limited', '/limited/4'),
      await statusOf('visitor', 'limited', '/limited/5'),
    ];
    expect(statuses).toEqual([200, 200, 200, 200, 429]);
    // The caller has sent it on: it counts nothing.
    expect(await stage.logged({ path: '/limited/5', listener: 'mesh/shop/limited/80' })).toMatchObject({ attempts: 1 });
    expect(await stage.logged({ path: '/limited/5', listener: 'inbound/shop/limited/80' })).toMatchObject({
      policy: 'shop/limited#few',
    });
  });

  it('makes faults, and its application gets nothing', async () => {
    const answer = await stage.send(['cart', 'faulty'], '/');
    expect([answer.status, answer.header('weir-fault')]).toEqual([418, 'trial']);
    expect(await statusPast('faulty', '/')).toBe(418);
    expect(stage.upstream('faulty').requests).toEqual([]);
  });
});

describe('the caller', () => {
  it('waits no longer than the policy of the Service says', async () => {
    expect(await statusOf('cart', 'slow', '/late')).toBe(504);
    expect(await stage.logged({ path: '/late', listener: 'mesh/shop/slow/80' })).toMatchObject({ fault: 'request_deadline' });
  });

  it('sends again what may be sent again', async () => {
    const answer = await stage.send(['cart', 'flaky'], '/again');
    expect([answer.status, answer.text]).toEqual([200, 'at last']);
    expect(await stage.logged({ path: '/again', listener: 'mesh/shop/flaky/80' })).toMatchObject({ attempts: 2 });
    expect((await stage.send(['cart', 'flaky'], '/once', { method: 'POST', body: 'x' })).status).toBe(503);
  });

  it('leaves alone what fails', async () => {
    for (let i = 0; i < 4; i++) await statusOf('cart', 'dead', '/');
    const before = stage.upstream('dead').requests.length;
    expect((await stage.send(['cart', 'dead'], '/broken')).status).toBe(503);
    expect(stage.upstream('dead').requests.length).toBe(before);
    expect(await stage.logged({ path: '/broken' })).toMatchObject({ fault: 'circuit_open' });
    // Nobody else stands in its way.
    expect(await statusPast('dead', '/past')).toBe(503);
    expect(stage.upstream('dead').requests.length).toBe(before + 1);
  });
});
