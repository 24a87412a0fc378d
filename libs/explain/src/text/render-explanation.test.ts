// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import { describe, expect, it } from 'vitest';
import { explain } from '../explain.ts';
import type { ExplainRequest } from '../explanation.ts';
import { backendOf, matchOf, portOf, ruleOf, snapshotOf, weighted } from '../sample/sample-snapshot.ts';
import { renderExplanation } from './render-explanation.ts';

const snapshot = snapshotOf(
  portOf(8080, '*.example'),
  backendOf('storefront', 9000),
  {
    ...backendOf('reviews', 9001, 9002),
    tls: { serverName: 'reviews.internal', subjectAltNames: [], usesSystemAuthorities: true, trustBundle: undefined },
  },
  backendOf('reviews-next'),
  ruleOf('storefront', { matches: [matchOf('/')], hostnames: ['shop.example'] }),
  ruleOf('reviews', {
    matches: [matchOf('/reviews')],
    hostnames: ['shop.example'],
    filters: [
      { kind: 'urlRewrite', hostname: 'reviews.internal', path: { kind: 'replacePrefix', value: '/v2' } },
      { kind: 'requestHeaderModifier', set: [{ name: 'x-gateway', value: 'weir' }], add: [], remove: ['cookie'] },
    ],
    backends: [weighted('reviews', { weight: 9 }), weighted('reviews-next')],
    requestTimeoutMs: 10_000,
    attemptTimeoutMs: 2_500,
    retry: { attempts: 2, statusCodes: [502, 503], grpcStatusCodes: [], backoffMs: 25, retriesAllMethods: false },
  }),
  ruleOf('canary', {
    matches: [matchOf('/reviews', { method: 'POST', headers: [{ name: 'x-canary', kind: 'exact', value: 'yes' }] })],
    hostnames: ['shop.example'],
  }),
  ruleOf('moved', {
    matches: [matchOf('/old')],
    backends: [],
    filters: [
      {
        kind: 'requestRedirect',
        scheme: 'https',
        hostname: undefined,
        path: { kind: 'replacePrefix', value: '/new' },
        port: undefined,
        statusCode: 301,
      },
    ],
  }),
);

function textOf(url: string, rest: Partial<ExplainRequest> = {}): string {
  const request = { method: 'GET', url, headers: new HeaderList(), ...rest };
  return renderExplanation(explain(snapshot, request), { isColour: false });
}

describe('renderExplanation', () => {
  it('shows the whole way of a request that is forwarded', () => {
    expect(textOf('http://shop.example:8080/reviews/7')).toBe(`GET http://shop.example:8080/reviews/7
  → forwarded as GET reviews.internal/v2/7

  Port        127.0.0.1 port 8080, HTTP
  Listener    shop/edge/http-0, hostname *.example
  Rule        HTTPRoute shop/reviews rule 0, hostname shop.example
  Match       path prefix /reviews
  Filters     1. request headers: set x-gateway: weir, remove cookie
              2. rewrite: host reviews.internal, path prefix becomes /v2
  Timeouts    10 s for the request, 2.5 s for an attempt
  Retry       2 retries after connection errors and 502, 503; first wait 25 ms

  Backends    90 % shop/reviews:8080
                    127.0.0.1:9001, 127.0.0.1:9002, by load
                    TLS for reviews.internal, HTTP/1.1 inside
              10 % shop/reviews-next:8080
                    → answered with 503 (no_endpoints): shop/reviews-next:8080
                    has no ready endpoints

  The nearest others
  - HTTPRoute shop/storefront rule 0: matches too, but path prefix / is
    shorter than /reviews
  - HTTPRoute shop/canary rule 0: method is GET, rule wants POST; header
    x-canary is missing
  - HTTPRoute shop/moved rule 0: path prefix /old does not cover /reviews/7`);
  });

  it('shows the nearest rules of a request that nothing matches', () => {
    expect(textOf('http://other.example:8080/review')).toBe(`GET http://other.example:8080/review
  → answered with 404 (route_not_found): no rule on shop/edge/http-0 matches

  Port        127.0.0.1 port 8080, HTTP
  Listener    shop/edge/http-0, hostname *.example

  The nearest that do not match
  - HTTPRoute shop/storefront rule 0: hostname shop.example does not cover
    other.example
  - HTTPRoute shop/moved rule 0: path prefix /old does not cover /review
  - HTTPRoute shop/reviews rule 0: hostname shop.example does not cover
    other.example; path prefix /reviews does not cover /review`);
  });

  it('shows where a redirect leads', () => {
    expect(textOf('http://shop.example.:8080/%6fld/a?b=c', { headers: HeaderList.of(['host', 'www.example']) }))
      .toBe(`GET http://shop.example.:8080/%6fld/a?b=c
  → answered here with 301, location https://www.example/new/a?b=c

  Read as     www.example/old/a?b=c
  Port        127.0.0.1 port 8080, HTTP
  Listener    shop/edge/http-0, hostname *.example
  Rule        HTTPRoute shop/moved rule 0, hostname *
  Match       path prefix /old
  Filters     1. redirect 301: scheme https, path prefix becomes /new

  The nearest others
  - HTTPRoute shop/storefront rule 0: hostname shop.example does not cover
    www.example
  - HTTPRoute shop/reviews rule 0: hostname shop.example does not cover
    www.example; path prefix /reviews does not cover /old/a
  - HTTPRoute shop/canary rule 0: hostname shop.example does not cover
    www.example; path prefix /reviews does not cover /old/a; method is GET,
    rule wants POST; header x-canary is missing`);
  });

  it('shows why there is no answer at all', () => {
    expect(textOf('http://shop.example:81/')).toBe(`GET http://shop.example:81/
  → nothing listens on port 81; ports: 8080`);
  });

  it('shows a request that is refused before routing', () => {
    expect(textOf('http://shop.example:8080/a/../..')).toBe(`GET http://shop.example:8080/a/../..
  → answered with 400 (bad_request): path "/a/../.." leads above the root`);
  });

  it('marks for a terminal only what it is asked to', () => {
    const explanation = explain(snapshot, { method: 'GET', url: 'http://shop.example:81/', headers: new HeaderList() });
    expect(renderExplanation(explanation, { isColour: true })).toBe(`\u001b[1mGET http://shop.example:81/\u001b[22m
  \u001b[31m→ nothing listens on port 81; ports: 8080\u001b[39m`);
  });
});
