// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backend, forward, prefix } from '../stage/documents.ts';
import type { Fields } from '../stage/documents.ts';
import { meshRoute, serviceParent } from './stage/mesh-documents.ts';
import { openMeshStage } from './stage/mesh-stage.ts';
import type { MeshStage } from './stage/mesh-stage.ts';

let stage: MeshStage;

const CALL = ['cart', 'orders'] as const;

const requestHeaders = (changes: Fields): Fields => ({ type: 'RequestHeaderModifier', requestHeaderModifier: changes });
const responseHeaders = (changes: Fields): Fields => ({ type: 'ResponseHeaderModifier', responseHeaderModifier: changes });
const rewrite = (urlRewrite: Fields): Fields => ({ type: 'URLRewrite', urlRewrite });
const filtered = (path: string, ...filters: readonly Fields[]): Fields => forward(path, 'orders', { filters });
const redirected = (path: string, requestRedirect: Fields): Fields => ({
  matches: [prefix(path)],
  filters: [{ type: 'RequestRedirect', requestRedirect }],
});
const mirrored = (path: string, more: Fields = {}): Fields =>
  filtered(path, { type: 'RequestMirror', requestMirror: { backendRef: backend('copy'), ...more } });
const pair = (name: string, value: string): Fields => ({ name, value });

beforeAll(async () => {
  stage = await openMeshStage({
    apps: {
      cart: { calls: ['orders', 'split'] },
      orders: {},
      other: { isBare: true },
      copy: { isBare: true },
      split: { isBare: true },
      old: { isBare: true },
      new: { isBare: true },
      none: { isBare: true },
    },
    documents: [
      meshRoute('orders', {
        parents: [serviceParent('orders')],
        rules: [
          filtered('/request', requestHeaders({ set: [pair('X-Set', 'new')], add: [pair('X-Add', 'more')], remove: ['X-Gone'] })),
          filtered('/response', responseHeaders({ set: [pair('Content-Type', 'text/x')], add: [pair('X-Add', 'more')] })),
          redirected('/to-https', { scheme: 'https', statusCode: 301 }),
          redirected('/to-host', { hostname: 'other.test', statusCode: 302 }),
          redirected('/to-path', { path: { type: 'ReplaceFullPath', replaceFullPath: '/full' }, statusCode: 307 }),
          redirected('/to-prefix', { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/new' }, statusCode: 308 }),
          redirected('/to-port', { port: 8083, statusCode: 303 }),
          filtered('/rewrite-prefix', rewrite({ path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/one' } })),
          filtered('/rewrite-full', rewrite({ path: { type: 'ReplaceFullPath', replaceFullPath: '/two' } })),
          filtered('/rewrite-host', rewrite({ hostname: 'inner.test' })),
          mirrored('/mirror'),
          mirrored('/half', { percent: 50 }),
          {
            matches: [prefix('/per-backend')],
            filters: [requestHeaders({ set: [pair('X-Rule', 'yes')] })],
            backendRefs: [
              backend('orders', {
                filters: [
                  requestHeaders({ set: [pair('X-Backend', 'orders')] }),
                  responseHeaders({ set: [pair('X-From', 'orders')] }),
                ],
              }),
              backend('other', {
                filters: [
                  requestHeaders({ set: [pair('X-Backend', 'other')] }),
                  responseHeaders({ set: [pair('X-From', 'other')] }),
                ],
              }),
            ],
          },
        ],
      }),
      meshRoute('split', {
        parents: [serviceParent('split')],
        rules: [
          { backendRefs: [backend('old', { weight: 90 }), backend('new', { weight: 10 }), backend('none', { weight: 0 })] },
        ],
      }),
    ],
  });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

describe('a filter of a route in the mesh', () => {
  it('changes request headers', async () => {
    const { headers } = await stage.echo(CALL, '/request', { headers: { 'x-set': 'old', 'x-add': 'first', 'x-gone': 'x' } });
    expect(headers).toMatchObject({ 'x-set': 'new', 'x-add': 'first, more' });
    expect(headers).not.toHaveProperty('x-gone');
  });

  it('changes response headers', async () => {
    const answer = await stage.send(CALL, '/response');
    expect([answer.header('content-type'), answer.header('x-add')]).toEqual(['text/x', 'more']);
  });

  it.each([
    ['/to-https?a=1', 301, 'https://orders.shop/to-https?a=1'],
    ['/to-host', 302, 'http://other.test/to-host'],
    ['/to-path/x', 307, 'http://orders.shop/full'],
    ['/to-prefix/x?q', 308, 'http://orders.shop/new/x?q'],
    ['/to-port', 303, 'http://orders.shop:8083/to-port'],
  ])('redirects %s with %i', async (target, status, location) => {
    const answer = await stage.send(CALL, target, { host: 'orders.shop' });
    expect([answer.status, answer.header('location')]).toEqual([status, location]);
  });

  it.each([
    ['a prefix', '/rewrite-prefix/a?b=c', '/one/a?b=c', 'orders.shop'],
    ['the whole path', '/rewrite-full/a?b=c', '/two?b=c', 'orders.shop'],
    ['the host', '/rewrite-host/a', '/rewrite-host/a', 'inner.test'],
  ])('rewrites %s', async (_, target, expected, host) => {
    const seen = await stage.echo(CALL, target, { host: 'orders.shop' });
    expect([seen.target, seen.headers['host']]).toEqual([expected, host]);
  });

  it('of one backend changes what goes there, and what comes from there', async () => {
    const answers = await Promise.all([0, 1].map(() => stage.send(CALL, '/per-backend')));
    const seen = answers.map(answer => {
      const { backend: to, headers } = answer.json() as { backend: string; headers: Record<string, string> };
      return [to, headers['x-backend'], headers['x-rule'], answer.header('x-from')];
    });
    expect(seen.toSorted(([left = ''], [right = '']) => left.localeCompare(right))).toEqual([
      ['orders', 'orders', 'yes', 'orders'],
      ['other', 'other', 'yes', 'other'],
    ]);
  });

  it('sends a copy to another Service, and answers with the answer of the first', async () => {
    const body = 'x'.repeat(10_000);
    expect(await stage.echo(CALL, '/mirror?all', { method: 'POST', body })).toMatchObject({ backend: 'orders' });
    const [copy] = await waitFor(() => copies('/mirror?all').length > 0 && copies('/mirror?all'), { what: 'the copy' });
    expect([copy?.method, copy?.body.length]).toEqual(['POST', body.length]);
  });

  it('sends copies of a share', async () => {
    for (let i = 0; i < 200; i++) await stage.echo(CALL, '/half');
    await waitFor(() => copies('/half').length >= 60, { what: 'copies' });
    expect(copies('/half').length).toBeLessThan(140);
  });
});

function copies(target: string) {
  return stage.upstream('copy').requests.filter(request => request.target === target);
}

describe('weights', () => {
  it('hold within two points of 1,000 calls, and nothing goes where the weight is 0', async () => {
    const seen = await stage.tally(['cart', 'split'], 1000);
    expect(seen['old']).toBeGreaterThanOrEqual(880);
    expect(seen['old']).toBeLessThanOrEqual(920);
    expect((seen['old'] ?? 0) + (seen['new'] ?? 0)).toBe(1000);
  });
});
