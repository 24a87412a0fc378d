// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import type { CorsSpec } from '@weir/policy/snapshot';
import { createTestExchange } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { compileCors } from './cors.ts';

const SPEC: CorsSpec = {
  kind: 'cors',
  allowOrigins: ['https://www.foo.com', 'https://*.bar.com'],
  allowCredentials: true,
  allowMethods: ['GET', 'OPTIONS'],
  allowHeaders: ['x-header-1', 'x-header-2'],
  exposeHeaders: ['x-header-3', 'x-header-4'],
  maxAgeSeconds: 3600,
};
const WILDCARD: CorsSpec = { ...SPEC, allowOrigins: ['*'], allowMethods: ['*'], allowHeaders: ['*'], exposeHeaders: ['*'] };

function preflight(spec: CorsSpec, origin: string, asked: readonly (readonly [string, string])[] = []) {
  const headers = HeaderList.of(['origin', origin], ['access-control-request-method', 'PUT'], ...asked);
  const filter = compileCors(spec);
  const exchange = createTestExchange({ request: { method: 'OPTIONS', headers } });
  const verdict = filter.onRequest?.(exchange);
  if (!verdict || !('kind' in verdict) || verdict.kind !== 'reply') throw new Error('the preflight was not answered');
  filter.onResponse?.(exchange, verdict.response);
  return { status: verdict.response.status, headers: Object.fromEntries(verdict.response.headers.entries()) };
}

function actual(spec: CorsSpec, origin: string | undefined, backendHeaders = new HeaderList()) {
  const headers = origin === undefined ? new HeaderList() : HeaderList.of(['origin', origin]);
  const filter = compileCors(spec);
  const exchange = createTestExchange({ request: { headers } });
  expect(filter.onRequest?.(exchange)).toEqual({ kind: 'continue' });
  // A header filter below may take the field away before the response comes.
  headers.remove('origin');
  filter.onResponse?.(exchange, { status: 200, headers: backendHeaders, contentLength: 0 });
  return Object.fromEntries(backendHeaders.entries());
}

const PREFLIGHT_VARY = 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers';

describe('a preflight', () => {
  it.each(['https://www.foo.com', 'https://www.bar.com', 'https://xpto.www.bar.com'])(
    'from %s is answered with what is allowed',
    origin => {
      expect(preflight(SPEC, origin)).toEqual({
        status: 204,
        headers: {
          'access-control-allow-origin': origin,
          'access-control-allow-credentials': 'true',
          'access-control-expose-headers': 'x-header-3, x-header-4',
          'access-control-allow-methods': 'GET, OPTIONS',
          'access-control-allow-headers': 'x-header-1, x-header-2',
          'access-control-max-age': '3600',
          vary: PREFLIGHT_VARY,
        },
      });
    },
  );

  it.each([
    'https://foobar.com',
    'http://www.foo.com',
    'https://www.foo.com:8443',
    'https://bar.com',
    'https://evil.com/.bar.com',
    'null',
  ])('from %s is answered without allowing anything', origin => {
    expect(preflight(SPEC, origin)).toEqual({ status: 204, headers: { vary: PREFLIGHT_VARY } });
  });

  it('with wildcards and credentials echoes what was asked for', () => {
    expect(preflight(WILDCARD, 'https://a.example', [['access-control-request-headers', 'x-a, x-b']]).headers).toMatchObject({
      'access-control-allow-origin': 'https://a.example',
      'access-control-allow-methods': 'PUT',
      'access-control-allow-headers': 'x-a, x-b',
      'access-control-allow-credentials': 'true',
    });
    expect(preflight(WILDCARD, 'https://a.example').headers).not.toHaveProperty('access-control-allow-headers');
    expect(preflight(WILDCARD, 'https://a.example').headers).not.toHaveProperty('access-control-expose-headers');
  });

  it('with wildcards and without credentials is answered with wildcards', () => {
    const { headers } = preflight({ ...WILDCARD, allowCredentials: false }, 'https://a.example:12345');
    expect(headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': '*',
      'access-control-allow-headers': '*',
      'access-control-expose-headers': '*',
    });
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
  });

  it('is not seen in an OPTIONS request that asks for no method', () => {
    const exchange = createTestExchange({
      request: { method: 'OPTIONS', headers: HeaderList.of(['origin', 'https://www.foo.com']) },
    });
    expect(compileCors(SPEC).onRequest?.(exchange)).toEqual({ kind: 'continue' });
  });
});

describe('an actual response', () => {
  it('to an allowed origin says so, whatever the backend says', () => {
    const backend = HeaderList.of(['access-control-allow-origin', '*'], ['vary', 'Accept']);
    expect(actual(SPEC, 'https://www.bar.com', backend)).toEqual({
      vary: 'Accept, Origin',
      'access-control-allow-origin': 'https://www.bar.com',
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'x-header-3, x-header-4',
    });
  });

  it.each([undefined, 'https://foobar.com'])('to the origin %s allows nothing, even where the backend would', origin => {
    expect(actual(SPEC, origin, HeaderList.of(['access-control-allow-origin', '*']))).toEqual({ vary: 'Origin' });
  });

  it('that is the same for every origin needs no Vary', () => {
    expect(actual({ ...WILDCARD, allowCredentials: false }, 'https://a.example')).toEqual({
      'access-control-allow-origin': '*',
      'access-control-expose-headers': '*',
    });
  });

  it('names Origin in Vary once', () => {
    expect(actual(SPEC, undefined, HeaderList.of(['vary', 'origin']))).toEqual({ vary: 'origin' });
    expect(actual(SPEC, undefined, HeaderList.of(['vary', '*']))).toEqual({ vary: '*' });
  });
});
