// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import {
  backendOf,
  matchOf,
  portOf,
  ruleOf,
  snapshotOf,
  streamPortOf,
  streamRuleOf,
  weighted,
} from '../sample/sample-snapshot.ts';
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
      routeKind: 'HTTPRoute',
      route: 'shop/storefront',
      rule: '0',
      backends: ['shop/storefront:8080'],
    });
  });

  it.each([
    ['stock.localhost', ['*'], ['stock.localhost']],
    ['stock.localhost', ['*', '*.localhost', 'stock.localhost'], ['stock.localhost']],
    ['*.example', ['*'], ['*.example']],
    ['*.example', ['*.example', '*.shop.example', 'a.example'], ['a.example', '*.shop.example', '*.example']],
    ['*', ['*', 'a.example'], ['a.example', '*']],
  ])('shows what a route takes of the hostname %s with its own %j', (hostname, hostnames, shown) => {
    const rule = ruleOf('stock', { matches: [matchOf('/')], hostnames });
    expect(listRoutes(snapshotOf(portOf(8080, hostname), rule))[0]?.hostnames).toEqual(shown);
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
  shop.example     path prefix /help, GET                      shop/storefront rule 0  shop/storefront:8080`);
  });

  it('lists what takes whole connections, the most specific hostname first', () => {
    const streams = snapshotOf(
      streamPortOf('TLS'),
      streamPortOf('UDP'),
      streamRuleOf('TLSRoute', 'any'),
      streamRuleOf('TLSRoute', 'mail', ['mail.example']),
      streamRuleOf('UDPRoute', 'dns'),
    );
    expect(renderRoutes(listRoutes(streams), { isColour: false }))
      .toBe(`  HOSTNAMES     MATCH                       ROUTE                      BACKENDS
shop/edge/tls  TLS on 127.0.0.1 port 9443
  mail.example  connections by server name  TLSRoute shop/mail rule 0  shop/mail:8080
  *             connections by server name  TLSRoute shop/any rule 0   shop/any:8080
shop/edge/udp  UDP on 127.0.0.1 port 9443
  *             datagrams                   UDPRoute shop/dns rule 0   shop/dns:8080`);
  });

  it('says that there is nothing', () => {
    expect(renderRoutes([], { isColour: true })).toBe('no route is attached to a listener');
  });
});
