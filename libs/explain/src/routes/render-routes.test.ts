// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { backendOf, matchOf, portOf, ruleOf, snapshotOf, weighted } from '../sample/sample-snapshot.ts';
import { listRoutes } from './list-routes.ts';
import { renderRoutes } from './render-routes.ts';

const snapshot = snapshotOf(
  portOf(8443, 'shop.example'),
  portOf(8080, '*'),
  backendOf('storefront', 9000),
  ruleOf('storefront', { matches: [matchOf('/'), matchOf('/help', { method: 'GET' })], hostnames: ['*', 'shop.example'] }),
  ruleOf('reviews', {
    matches: [matchOf('/reviews', { headers: [{ name: 'x-canary', kind: 'exact', value: 'yes' }] })],
    backends: [weighted('reviews', { weight: 3 }), weighted('gone', { backend: undefined })],
  }),
  ruleOf('none', { matches: [matchOf('/none')], backends: [] }),
);

describe('listRoutes', () => {
  it('has a row for each match at each listener, in the order of precedence', () => {
    const rows = listRoutes(snapshot);
    expect(rows.map(({ port, match }) => `${port} ${match}`)).toEqual([
      '8080 path prefix /help, GET',
      '8080 path prefix /',
      '8080 path prefix /reviews, header x-canary: yes',
      '8080 path prefix /none',
      '8443 path prefix /help, GET',
      '8443 path prefix /',
      '8443 path prefix /reviews, header x-canary: yes',
      '8443 path prefix /none',
    ]);
    expect(rows[0]).toEqual({
      listener: 'shop/edge/http-0',
      address: '127.0.0.1',
      port: 8080,
      protocol: 'HTTP',
      hostnames: ['shop.example', '*'],
      match: 'path prefix /help, GET',
      route: 'shop/storefront',
      rule: '0',
      backends: ['shop/storefront:8080'],
    });
  });
});

describe('renderRoutes', () => {
  it('aligns the columns under a line for each listener', () => {
    expect(renderRoutes(listRoutes(snapshot).slice(0, 5), { isColour: false }))
      .toBe(`  HOSTNAMES        MATCH                                       ROUTE                   BACKENDS
shop/edge/http-0  HTTP on 127.0.0.1 port 8080
  shop.example, *  path prefix /help, GET                      shop/storefront rule 0  shop/storefront:8080
  shop.example, *  path prefix /                               shop/storefront rule 0  shop/storefront:8080
  *                path prefix /reviews, header x-canary: yes  shop/reviews rule 0     shop/reviews:8080 75 %, shop/gone:8080 25 % (cannot be used)
  *                path prefix /none                           shop/none rule 0        none: 500
shop/edge/https-0  HTTPS on 127.0.0.1 port 8443
  shop.example, *  path prefix /help, GET                      shop/storefront rule 0  shop/storefront:8080`);
  });

  it('says that there is nothing', () => {
    expect(renderRoutes([], { isColour: true })).toBe('no route is attached to a listener');
  });
});
