// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backend, forward, prefix } from '../stage/documents.ts';
import { meshRoute, serviceParent } from './stage/mesh-documents.ts';
import { openMeshStage } from './stage/mesh-stage.ts';
import type { MeshStage } from './stage/mesh-stage.ts';

let stage: MeshStage;

const NAMES = ['exact', 'short', 'long', 'regex', 'header', 'query', 'method', 'plain', 'second'];

beforeAll(async () => {
  stage = await openMeshStage({
    apps: {
      cart: { calls: ['orders', 'untouched'] },
      orders: {},
      untouched: {},
      ...Object.fromEntries(NAMES.map(name => [name, { isBare: true }])),
    },
    documents: [
      meshRoute('orders', {
        parents: [serviceParent('orders')],
        rules: [
          { name: 'precise', matches: [{ path: { type: 'Exact', value: '/exact' } }], backendRefs: [backend('exact')] },
          forward('/shop', 'short'),
          forward('/shop/cart', 'long'),
          { matches: [{ path: { type: 'RegularExpression', value: '/items/[0-9]+' } }], backendRefs: [backend('regex')] },
          { matches: [prefix('/by', { headers: [{ name: 'X-Canary', value: 'yes' }] })], backendRefs: [backend('header')] },
          { matches: [prefix('/by', { queryParams: [{ name: 'beta', value: '1' }] })], backendRefs: [backend('query')] },
          { matches: [prefix('/by', { method: 'DELETE' })], backendRefs: [backend('method')] },
          forward('/by', 'plain'),
          { matches: [prefix('/itself')] },
        ],
      }),
      // Routes of one Service are merged, whatever hosts they name.
      meshRoute('more', {
        parents: [serviceParent('orders')],
        hostnames: ['elsewhere.example'],
        rules: [forward('/second', 'second'), forward('/shop/cart/more', 'second')],
      }),
    ],
  });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

describe('a call in the mesh goes by', () => {
  it.each([
    ['an exact path', '/exact', {}, 'exact'],
    ['a prefix', '/shop/other', {}, 'short'],
    ['the longer of two prefixes', '/shop/cart/1', {}, 'long'],
    ['a regular expression', '/items/42', {}, 'regex'],
    ['a path alone', '/by', {}, 'plain'],
    ['a header', '/by', { headers: { 'x-canary': 'yes' } }, 'header'],
    ['a query parameter', '/by?beta=1', {}, 'query'],
    ['a method', '/by', { method: 'DELETE' }, 'method'],
    ['the rules of another route of the same Service', '/second', {}, 'second'],
    ['the most specific rule of all routes', '/shop/cart/more/1', {}, 'second'],
    ['a rule without backends to the Service itself', '/itself', {}, 'orders'],
  ])('%s', async (_, target, options, expected) => {
    expect((await stage.echo(['cart', 'orders'], target, options)).backend).toBe(expected);
  });

  it.each(['/nothing', '/exact/more', '/shopping'])('no rule to nowhere: %s', async target => {
    expect((await stage.send(['cart', 'orders'], target)).status).toBe(404);
  });

  it('the Service’s own endpoints where no route is attached', async () => {
    expect((await stage.echo(['cart', 'untouched'], '/nothing')).backend).toBe('untouched');
  });

  it('the Service’s address, whatever Host says', async () => {
    const seen = await stage.echo(['cart', 'orders'], '/exact', { host: 'untouched.shop' });
    expect([seen.backend, seen.headers['host']]).toEqual(['exact', 'untouched.shop']);
  });

  it('rules whose names the log tells', async () => {
    await stage.echo(['cart', 'orders'], '/exact?named');
    expect(await stage.logged({ path: '/exact?named' })).toMatchObject({ rule: 'precise', route: 'shop/orders' });
  });
});
