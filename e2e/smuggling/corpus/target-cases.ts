// SPDX-License-Identifier: Apache-2.0
import { head, HOST, refused, type RequestCase, served } from './request-case.ts';

function withHost(...hosts: readonly string[]): string {
  return ['GET /targets HTTP/1.1', ...hosts.map(host => `Host: ${host}`), '', ''].join('\r\n');
}

function withTarget(target: string): string {
  return head(`GET ${target} HTTP/1.1`);
}

/** Which host and path a request is for (RFC 9112 §3.2): gateway and backend have to agree. */
export const TARGET_CASES: readonly RequestCase[] = [
  refused('no Host', withHost()),
  refused('two different Hosts', withHost(HOST, 'evil.test')),
  refused('two equal Hosts', withHost(HOST, HOST)),
  refused('an empty Host', withHost('')),
  refused('a list of Hosts', withHost(`${HOST}, evil.test`)),
  refused('a Host with a space', withHost(`${HOST} evil.test`)),
  refused('a Host with user information', withHost(`${HOST}@evil.test`)),
  refused('a Host with a path', withHost(`${HOST}/evil`)),
  refused('a Host with a port that is no number', withHost(`${HOST}:80a`)),
  refused('a Host with a fragment', withHost(`${HOST}#`)),
  refused('a Host beyond ASCII', withHost('sh\xf6p.test')),
  refused('a bracket left open', withHost('[::1')),
  refused(
    'a second Host behind a folded line',
    `GET /targets HTTP/1.1\r\nHost: ${HOST}\r\nX-First: a\r\n Host: evil.test\r\n\r\n`,
  ),
  refused('an absolute target without a Host field', 'GET http://shop.test/targets HTTP/1.1\r\n\r\n'),
  refused('an absolute target with a broken Host field', 'GET http://shop.test/targets HTTP/1.1\r\nHost: a b\r\n\r\n'),
  refused('an absolute target with user information', withTarget('http://user@shop.test/targets')),
  refused('an absolute target of another scheme', withTarget('ftp://shop.test/targets')),
  refused('an absolute target without an authority', withTarget('http:///targets')),
  refused('a target that is an authority', withTarget('shop.test:80')),
  refused('a target without a slash', withTarget('targets')),
  refused('a target that is a query', withTarget('?a=b')),
  refused('an asterisk', withTarget('*')),
  refused('a fragment', withTarget('/targets#/smuggled')),
  refused('a backslash', withTarget('/targets\\..\\smuggled')),
  refused('a path above the root', withTarget('/../smuggled')),
  refused('a path above the root in escapes', withTarget('/%2e%2e/smuggled')),
  refused('a dot segment behind an encoded slash', withTarget('/targets%2f..%2fsmuggled')),
  refused('a NUL in escapes', withTarget('/targets%00')),
  refused('a line end in escapes', withTarget('/targets%0d%0aHost:%20evil.test')),
  refused('an escape that is none', withTarget('/targets%zz')),
  refused('a byte beyond ASCII', withTarget('/targets\xe4')),
  refused('a control character', withTarget('/targets\x01')),
  refused('CONNECT', 'CONNECT shop.test:443 HTTP/1.1\r\nHost: shop.test:443\r\n\r\n', 501),
  {
    ...served('an absolute target replaces Host', head('GET http://other.test/targets HTTP/1.1'), ['GET /targets']),
    fields: {
      host: 'other.test',
    },
  },
  {
    ...served('an absolute target in capitals', head('GET HTTP://OTHER.TEST/targets HTTP/1.1'), ['GET /targets']),
    fields: {
      host: 'other.test',
    },
  },
  served('repeated slashes are one', withTarget('//targets'), ['GET /targets']),
  served('dot segments are resolved before routing', withTarget('/a/../targets'), ['GET /targets']),
  served('a request line in the query stays a query', withTarget('/targets?HTTP/1.1%0d%0aHost:evil.test'), [
    'GET /targets?HTTP/1.1%0d%0aHost:evil.test',
  ]),
];
