// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@weir/testing';
import type { Echo, RawRequest } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backend, forward, prefix, route } from './stage/documents.ts';
import type { Fields } from './stage/documents.ts';
import { openStage, PROTOCOLS, transportOf } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';

let stage: Stage;

const requestHeaders = (changes: Fields): Fields => ({ type: 'RequestHeaderModifier', requestHeaderModifier: changes });
const responseHeaders = (changes: Fields): Fields => ({ type: 'ResponseHeaderModifier', responseHeaderModifier: changes });
const redirect = (requestRedirect: Fields): Fields => ({ type: 'RequestRedirect', requestRedirect });
const rewrite = (urlRewrite: Fields): Fields => ({ type: 'URLRewrite', urlRewrite });
const mirror = (name: string, more: Fields = {}): Fields => ({
  type: 'RequestMirror',
  requestMirror: { backendRef: backend(name), ...more },
});
const filtered = (path: string, ...filters: readonly Fields[]): Fields => forward(path, 'main', { filters });
const redirected = (path: string, change: Fields): Fields => ({ matches: [prefix(path)], filters: [redirect(change)] });
const pair = (name: string, value: string): Fields => ({ name, value });

const rules = [
  filtered('/request', requestHeaders({ set: [pair('X-Set', 'new')], add: [pair('X-Add', 'more')], remove: ['X-Gone'] })),
  filtered('/response', responseHeaders({ set: [pair('X-Set', 'new')], add: [pair('X-Add', 'more')], remove: ['X-Inside'] })),
  redirected('/to-https', { scheme: 'https', statusCode: 301 }),
  redirected('/to-host', { hostname: 'other.test', statusCode: 302 }),
  redirected('/to-path', { path: { type: 'ReplaceFullPath', replaceFullPath: '/full' }, statusCode: 307 }),
  redirected('/to-prefix', { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/new' }, statusCode: 308 }),
  redirected('/to-port', { port: 8443, statusCode: 303 }),
  filtered('/rewrite-prefix', rewrite({ path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } })),
  filtered('/rewrite-full', rewrite({ path: { type: 'ReplaceFullPath', replaceFullPath: '/one' }, hostname: 'inner.test' })),
  filtered('/mirror-both', mirror('copy'), mirror('copy2')),
  filtered('/mirror-half', mirror('copy', { percent: 50 })),
  filtered('/mirror-none', mirror('copy', { percent: 0 })),
  filtered('/cors', {
    type: 'CORS',
    cors: {
      allowOrigins: ['https://www.test', 'https://*.wild.test'],
      allowMethods: ['GET', 'PUT'],
      allowHeaders: ['x-token'],
      exposeHeaders: ['x-total'],
      allowCredentials: true,
      maxAge: 600,
    },
  }),
  {
    matches: [prefix('/per-backend')],
    filters: [requestHeaders({ set: [pair('X-Rule', 'yes')] })],
    backendRefs: [
      backend('main', { filters: [requestHeaders({ set: [pair('X-Backend', 'main')] })] }),
      backend('copy', { filters: [requestHeaders({ set: [pair('X-Backend', 'copy')] })] }),
    ],
  },
];

beforeAll(async () => {
  stage = await openStage({
    backends: { main: 'echo', copy: 'echo', copy2: 'echo' },
    documents: [route('filters', rules)],
  });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

/** Waits for the only request that a mirror has got. */
async function firstCopy(name: string): Promise<RawRequest> {
  const copies = stage.upstream(name);
  await waitFor(() => copies.requests.length === 1, { what: `the copy at ${name}` });
  return copies.requests[0]!;
}

describe.each(PROTOCOLS)('filters over %s', protocol => {
  it('change request headers', async () => {
    const { headers } = await stage.echo(protocol, '/request', {
      headers: { 'x-set': 'old', 'x-add': 'first', 'x-gone': 'secret', 'x-kept': 'same' },
    });

    expect(headers).toMatchObject({ 'x-set': 'new', 'x-add': 'first, more', 'x-kept': 'same' });
    expect(headers).not.toHaveProperty('x-gone');
  });

  it('change response headers', async () => {
    const response = await stage.send(protocol, '/response');

    expect(response.header('x-set')).toBe('new');
    expect(response.header('x-add')).toBe('more');
    expect(response.header('content-type')).toBe('application/json');
  });

  it.each([
    ['/to-https?a=1', 301, 'https://shop.test/to-https?a=1'],
    ['/to-path/x', 307, '{scheme}://shop.test{port}/full'],
    ['/to-prefix/x/y?q', 308, '{scheme}://shop.test{port}/new/x/y?q'],
    ['/to-prefix', 308, '{scheme}://shop.test{port}/new'],
    ['/to-host', 302, '{scheme}://other.test{port}/to-host'],
    ['/to-port', 303, '{scheme}://shop.test:8443/to-port'],
  ])('redirect %s with %i', async (target, status, location) => {
    const response = await stage.send(protocol, target, { host: 'shop.test' });

    const scheme = transportOf(protocol);
    const expected = location.replace('{scheme}', scheme).replace('{port}', `:${stage.ports[scheme]}`);
    expect(response.status).toBe(status);
    expect(response.header('location')).toBe(expected);
  });

  it('rewrite a prefix to the root', async () => {
    expect(await stage.echo(protocol, '/rewrite-prefix/a?b=c')).toMatchObject({ target: '/a?b=c' });
    expect(await stage.echo(protocol, '/rewrite-prefix')).toMatchObject({ target: '/' });
  });

  it('rewrite the whole path and the host', async () => {
    const { target, headers } = await stage.echo(protocol, '/rewrite-full/x');

    expect(target).toBe('/one');
    expect(headers['host']).toBe('inner.test');
  });

  it('mirror to several backends, bodies included, and drop their answers', async () => {
    stage.upstream('copy').forget();
    stage.upstream('copy2').forget();

    const seen = await stage.echo(protocol, '/mirror-both/x', { method: 'POST', body: 'the body' });

    expect(seen).toMatchObject({ backend: 'main', body: 'the body' });
    for (const name of ['copy', 'copy2']) expect(await firstCopy(name)).toMatchObject({ method: 'POST', text: 'the body' });
  });

  it('mirror a share of the requests', async () => {
    stage.upstream('copy').forget();
    await using client = await stage.open(protocol);
    for (let i = 0; i < 400; i++) await client.request('/mirror-half');
    for (let i = 0; i < 50; i++) await client.request('/mirror-none');
    await client.request('/mirror-both');
    const copies = stage.upstream('copy');
    await waitFor(() => copies.requests.some(({ target }) => target === '/mirror-both'), { what: 'the last copy' });

    const count = copies.requests.filter(({ target }) => target === '/mirror-half').length;

    // 400 fair coins: six standard deviations on each side.
    expect(count).toBeGreaterThan(140);
    expect(count).toBeLessThan(260);
    expect(copies.requests.filter(({ target }) => target === '/mirror-none')).toEqual([]);
  });

  it('answer a preflight themselves', async () => {
    stage.upstream('main').forget();

    const response = await stage.send(protocol, '/cors', {
      method: 'OPTIONS',
      headers: {
        Origin: 'https://www.test',
        'Access-Control-Request-Method': 'PUT',
        'Access-Control-Request-Headers': 'x-token',
      },
    });

    expect(response.status).toBeLessThan(300);
    expect(response.header('access-control-allow-origin')).toBe('https://www.test');
    expect(response.header('access-control-allow-methods')).toContain('PUT');
    expect(response.header('access-control-allow-headers')?.toLowerCase()).toContain('x-token');
    expect(response.header('access-control-allow-credentials')).toBe('true');
    expect(response.header('access-control-max-age')).toBe('600');
    expect(stage.upstream('main').requests).toEqual([]);
  });

  it('let an allowed origin read an answer, and no other', async () => {
    const allowed = await stage.send(protocol, '/cors', { headers: { Origin: 'https://a.wild.test' } });
    const refused = await stage.send(protocol, '/cors', { headers: { Origin: 'https://evil.test' } });

    expect(allowed.header('access-control-allow-origin')).toBe('https://a.wild.test');
    expect(allowed.header('access-control-expose-headers')?.toLowerCase()).toBe('x-total');
    expect(allowed.header('vary')?.toLowerCase()).toContain('origin');
    expect(refused.header('access-control-allow-origin')).toBeUndefined();
  });

  it('belong to the backend that was chosen', async () => {
    await using client = await stage.open(protocol);
    const answers = [await client.request('/per-backend'), await client.request('/per-backend')];
    const seen = answers.map(answer => answer.json() as Echo);

    expect(new Set(seen.map(({ backend: name }) => name))).toEqual(new Set(['main', 'copy']));
    for (const { backend: name, headers } of seen) expect(headers).toMatchObject({ 'x-rule': 'yes', 'x-backend': name });
  });
});
