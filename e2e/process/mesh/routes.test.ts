// SPDX-License-Identifier: Apache-2.0
import { request } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backend, forward, prefix } from '../stage/documents.ts';
import { EDGE_PARENT, meshRoute, serviceParent } from './stage/mesh-documents.ts';
import { openMeshStage } from './stage/mesh-stage.ts';
import type { MeshStage } from './stage/mesh-stage.ts';

// Which route decides: of the Service's namespace, of the caller's, of a port; of the Gateway and of the Service at once.

let stage: MeshStage;

const HEADER = { type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [{ name: 'x-route', value: 'both' }] } };

beforeAll(async () => {
  stage = await openMeshStage({
    apps: {
      cart: { calls: ['orders', 'ports:80', 'ports:8080', 'ports:9090', 'both', 'plain'] },
      visitor: { namespace: 'other', calls: ['orders.shop', 'plain.shop'] },
      stranger: { namespace: 'third', calls: ['orders.shop', 'plain.shop'] },
      orders: {},
      canary: { isBare: true },
      plain: {},
      mock: { namespace: 'other', isBare: true },
      both: {},
      ports: {
        ports: [
          { name: 'http', port: 80 },
          { name: 'http-admin', port: 8080 },
          { name: 'http-free', port: 9090 },
        ],
      },
      first: { isBare: true },
      second: { isBare: true },
    },
    documents: [
      meshRoute('orders', { parents: [serviceParent('orders')], rules: [forward('/v1', 'orders'), forward('/v2', 'canary')] }),
      // Of a namespace that calls: for its own workloads alone.
      meshRoute('orders', {
        namespace: 'other',
        parents: [serviceParent('orders', { namespace: 'shop' })],
        rules: [{ matches: [prefix('/mocked')], backendRefs: [backend('mock')] }],
      }),
      meshRoute('plain', {
        namespace: 'other',
        parents: [serviceParent('plain', { namespace: 'shop' })],
        rules: [{ matches: [prefix('/v1')], backendRefs: [backend('plain', { namespace: 'shop' })] }],
      }),
      meshRoute('web', { parents: [serviceParent('ports', { port: 80 })], rules: [{ backendRefs: [backend('first')] }] }),
      meshRoute('admin', {
        parents: [serviceParent('ports', { sectionName: 'http-admin' })],
        rules: [{ backendRefs: [backend('second')] }],
      }),
      meshRoute('both', {
        parents: [EDGE_PARENT, serviceParent('both')],
        rules: [forward('/both', 'both', { filters: [HEADER] })],
      }),
    ],
  });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

async function answerOf(way: readonly [string, string], target: string): Promise<string> {
  const answer = await stage.send(way, target);
  return answer.status === 200 ? (answer.json() as { backend: string }).backend : String(answer.status);
}

describe('a route of the Service’s namespace', () => {
  it.each([
    ['cart', 'orders'],
    ['stranger', 'orders.shop'],
  ])('holds for callers of every namespace: %s', async (caller, service) => {
    expect(await answerOf([caller, service], '/v1')).toBe('orders');
    expect(await answerOf([caller, service], '/v2')).toBe('canary');
    expect(await answerOf([caller, service], '/v3')).toBe('404');
  });
});

describe('a route of another namespace', () => {
  it('holds for callers of its own, in place of the others', async () => {
    expect(await answerOf(['visitor', 'orders.shop'], '/mocked')).toBe('mock');
    expect(await answerOf(['visitor', 'orders.shop'], '/v1')).toBe('404');
    expect(await answerOf(['visitor', 'plain.shop'], '/v1')).toBe('plain');
    expect(await answerOf(['visitor', 'plain.shop'], '/v2')).toBe('404');
  });

  it.each([
    ['of the Service’s namespace', 'cart', 'plain'],
    ['of a third one', 'stranger', 'plain.shop'],
  ])('is nothing to callers %s', async (_, caller, service) => {
    expect(await answerOf([caller, service], '/anything')).toBe('plain');
  });
});

describe('a route of one port', () => {
  it.each([
    ['named by its number', 'ports:80', 'first'],
    ['named by its name', 'ports:8080', 'second'],
    ['leaves the others alone', 'ports:9090', 'ports'],
  ])('%s', async (_, service, expected) => {
    expect(await answerOf(['cart', service], '/')).toBe(expected);
  });
});

describe('a route of a Gateway and of a Service', () => {
  it('is the same to callers from the internet and to those of the mesh', async () => {
    const answers = [await stage.sendToEdge('/both/x'), await stage.send(['cart', 'both'], '/both/x')];
    expect(answers.map(answer => [answer.status, answer.header('x-route')])).toEqual([
      [200, 'both'],
      [200, 'both'],
    ]);
    const others = [await stage.sendToEdge('/else'), await stage.send(['cart', 'both'], '/else')];
    expect(others.map(({ status }) => status)).toEqual([404, 404]);
  });

  it('comes from the Gateway to the receiver over mutual TLS', async () => {
    await stage.sendToEdge('/both/seen');
    const line = await stage.logged({ path: '/both/seen', listener: 'inbound/shop/both/80' });
    expect(line).toMatchObject({ status: 200 });
  });

  it('believes nothing that a client from the internet says of who it is', async () => {
    const context = { client: '6.6.6.6', attempt: 1, identities: [], policies: [] };
    const forged = {
      'weir-context': Buffer.from(JSON.stringify(context)).toString('base64url'),
      'x-forwarded-client-cert': 'URI=spiffe://weir.local/ns/shop/sa/cart',
      'x-forwarded-user': 'admin',
    };
    const answer = await stage.sendToEdge('/both/forged', { headers: forged });
    const { headers } = answer.json() as { readonly headers: Readonly<Record<string, string>> };
    expect(Object.keys(headers).filter(name => name in forged)).toEqual([]);
    const line = await stage.logged({ path: '/both/forged', listener: 'inbound/shop/both/80' });
    expect(line['client']).toBe('127.0.0.1');
  });
});

describe('who has no sidecar', () => {
  it('is called past all routes, and they say nothing to him', async () => {
    const { address: host, port } = stage.placeOf('orders');
    // In permissive mode, in plaintext: routes are the callers' business.
    expect((await request({ host, port }, '/v3')).status).toBe(200);
  });
});
