// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backend, forward, prefix, route } from './stage/documents.ts';
import { openStage, PROTOCOLS } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';

let stage: Stage;

const rules = [
  { matches: [{ path: { type: 'Exact', value: '/exact' } }], backendRefs: [backend('exact')] },
  forward('/shop', 'short'),
  forward('/shop/cart', 'long'),
  { matches: [{ path: { type: 'RegularExpression', value: '/items/[0-9]+' } }], backendRefs: [backend('regex')] },
  { matches: [prefix('/by', { headers: [{ name: 'X-Canary', value: 'yes' }] })], backendRefs: [backend('header')] },
  {
    matches: [
      prefix('/by', {
        headers: [
          { name: 'x-canary', value: 'yes' },
          { name: 'x-user', value: 'a.*', type: 'RegularExpression' },
        ],
      }),
    ],
    backendRefs: [backend('headers')],
  },
  { matches: [prefix('/by', { queryParams: [{ name: 'beta', value: '1' }] })], backendRefs: [backend('query')] },
  { matches: [prefix('/by', { method: 'DELETE' })], backendRefs: [backend('method')] },
  forward('/by', 'plain'),
];

const NAMES = ['exact', 'short', 'long', 'regex', 'header', 'headers', 'query', 'method', 'plain', 'one', 'wild', 'two'];

beforeAll(async () => {
  stage = await openStage({
    backends: Object.fromEntries(NAMES.map(name => [name, 'echo' as const])),
    documents: [
      route('paths', rules),
      route('one-host', [forward('/host', 'one')], { hostnames: ['one.example.com'] }),
      route('wild-host', [forward('/host', 'wild')], { hostnames: ['*.example.com'] }),
      route('two-hosts', [forward('/host', 'two')], { hostnames: ['a.test', 'b.test'] }),
    ],
  });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

describe.each(PROTOCOLS)('matching over %s', protocol => {
  it.each([
    ['an exact path', '/exact', {}, 'exact'],
    ['a prefix', '/shop', {}, 'short'],
    ['whole segments after a prefix', '/shop/other', {}, 'short'],
    ['the longer of two prefixes', '/shop/cart/1', {}, 'long'],
    ['a prefix with a slash at its end', '/shop/', {}, 'short'],
    ['a regular expression over the whole path', '/items/42', {}, 'regex'],
    ['a path alone', '/by', {}, 'plain'],
    ['a header, whatever the case of its name', '/by', { headers: { 'X-CANARY': 'yes' } }, 'header'],
    ['more headers before fewer', '/by', { headers: { 'x-canary': 'yes', 'x-user': 'anna' } }, 'headers'],
    ['a query parameter', '/by?x=2&beta=1', {}, 'query'],
    ['a method', '/by', { method: 'DELETE' }, 'method'],
    ['a method before headers', '/by', { method: 'DELETE', headers: { 'x-canary': 'yes' } }, 'method'],
    ['a header before a query parameter', '/by?beta=1', { headers: { 'x-canary': 'yes' } }, 'header'],
    ['an exact hostname', '/host', { host: 'one.example.com' }, 'one'],
    ['a hostname whatever its case', '/host', { host: 'ONE.Example.com' }, 'one'],
    ['a hostname with a port', '/host', { host: 'one.example.com:8080' }, 'one'],
    ['a wildcard hostname', '/host', { host: 'other.example.com' }, 'wild'],
    ['the second of two hostnames', '/host', { host: 'b.test' }, 'two'],
    ['a path after its dot segments are resolved', '/shop/x/../cart', {}, 'long'],
    ['a path after repeated slashes are merged', '//shop//cart', {}, 'long'],
    ['a path with needless percent-encoding', '/%73hop/cart', {}, 'long'],
  ])('goes by %s', async (_case, target, options, expected) => {
    expect(await stage.echo(protocol, target, options)).toMatchObject({ backend: expected });
  });

  it.each([
    ['a path that only begins like a prefix', '/shopping', {}],
    ['more than an exact path', '/exact/', {}],
    ['a path that a regular expression covers in part', '/items/42/x', {}],
    ['a host that no route has', '/host', { host: 'elsewhere.test' }],
    ['the bare domain of a wildcard', '/host', { host: 'example.com' }],
  ])('finds nothing for %s', async (_case, target, options) => {
    const response = await stage.send(protocol, target, options);

    expect(response.status).toBe(404);
    expect(response.header('server')).toBeUndefined();
  });

  it('sends the backend the very path that it was routed by', async () => {
    expect(await stage.echo(protocol, '/shop/x/../cart//1?q=a//b')).toMatchObject({ target: '/shop/cart/1?q=a//b' });
  });

  it('never takes an encoded slash for a separator', async () => {
    expect(await stage.echo(protocol, '/shop%2Fcart/../shop/a%2Fb')).toMatchObject({ backend: 'short', target: '/shop/a%2Fb' });
  });

  it('refuses a path that climbs over the root', async () => {
    expect((await stage.send(protocol, '/shop/../../etc/passwd')).status).toBe(400);
  });
});
