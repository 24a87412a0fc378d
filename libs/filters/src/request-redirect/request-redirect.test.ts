// SPDX-License-Identifier: Apache-2.0
import { createTestExchange } from '@weir/testing';
import type { TestExchangeInit } from '@weir/testing';
import type { RequestRedirectSpec } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import { compileRequestRedirect } from './request-redirect.ts';

const PLAIN: RequestRedirectSpec = {
  kind: 'requestRedirect',
  scheme: undefined,
  hostname: undefined,
  path: undefined,
  port: undefined,
  statusCode: 302,
};

function redirect(spec: Partial<RequestRedirectSpec>, init: TestExchangeInit & { readonly servicePort?: number } = {}) {
  const exchange = createTestExchange(init);
  exchange.servicePort = init.servicePort;
  const verdict = compileRequestRedirect({ ...PLAIN, ...spec }).onRequest?.(exchange);
  if (!verdict || !('kind' in verdict) || verdict.kind !== 'reply') throw new Error('the filter did not answer');
  return { status: verdict.response.status, location: verdict.response.headers.get('location') };
}

describe('the Location of a redirect', () => {
  it.each([
    // [what is set, port of the listener, expected]: the specification's rules for an absent port.
    [{}, 80, 'http://shop.example/'],
    [{}, 8080, 'http://shop.example:8080/'],
    [{ port: 80 }, 8080, 'http://shop.example/'],
    [{ port: 8080 }, 80, 'http://shop.example:8080/'],
    [{ scheme: 'https' }, 8080, 'https://shop.example/'],
    [{ scheme: 'https', port: 443 }, 80, 'https://shop.example/'],
    [{ scheme: 'https', port: 8443 }, 80, 'https://shop.example:8443/'],
    [{ hostname: 'example.org' }, 80, 'http://example.org/'],
  ] as const)('with %o on port %i is %s', (spec, localPort, expected) => {
    expect(redirect(spec, { downstream: { localPort } }).location).toBe(expected);
  });

  it.each([
    [{}, 443, 'https://shop.example/'],
    [{ scheme: 'http' }, 443, 'http://shop.example/'],
    [{ scheme: 'http', port: 8080 }, 443, 'http://shop.example:8080/'],
    [{ port: 80 }, 443, 'https://shop.example:80/'],
  ] as const)('with %o of an HTTPS request on port %i is %s', (spec, localPort, expected) => {
    expect(redirect(spec, { request: { scheme: 'https' }, downstream: { localPort } }).location).toBe(expected);
  });

  it('has the port that was called of a Service in the mesh, whichever the connection has', () => {
    expect(redirect({}, { downstream: { localPort: 15001 }, servicePort: 8080 }).location).toBe('http://shop.example:8080/');
  });

  it('keeps the query, and the path where none is set', () => {
    expect(redirect({}, { request: { path: '/a', query: 'b=1' } }).location).toBe('http://shop.example/a?b=1');
    expect(redirect({ path: { kind: 'replaceFull', value: '/z' } }, { request: { query: '' } }).location).toBe(
      'http://shop.example/z?',
    );
  });

  it('cannot be led to another host by the path', () => {
    expect(redirect({}, { request: { path: '//evil.example/' } }).location).toBe('http://shop.example//evil.example/');
  });
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308] as const)('answers with status %i', statusCode => {
    expect(redirect({ statusCode }).status).toBe(statusCode);
  });

  it('refuses a request without host, as no absolute Location can be made', () => {
    expect(() => redirect({}, { request: { host: '', authority: '' } })).toThrow(
      'a redirect needs a host, and the request names none',
    );
  });

  it('refuses each request when its hostname could break out of the field', () => {
    expect(() => redirect({ hostname: 'a\r\nset-cookie: b' })).toThrow('is not a hostname');
  });
});
