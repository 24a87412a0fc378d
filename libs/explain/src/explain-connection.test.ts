// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import type { Resource, StreamRule } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import { explain } from './explain.ts';
import type { Explanation } from './explanation.ts';
import { backendOf, portOf, snapshotOf, streamPortOf, streamRuleOf } from './sample/sample-snapshot.ts';

function ask(resources: readonly Resource[], url: string): Explanation {
  return explain(snapshotOf(...resources), { method: '', url, headers: new HeaderList() });
}

function sharedBy(rule: StreamRule, ...backends: readonly (readonly [service: string, weight: number])[]): StreamRule {
  const parts = backends.map(([service, weight]) => ({
    backend: service === 'broken' ? undefined : `backend/shop/${service}/8080`,
    label: `shop/${service}:8080`,
    weight,
    access: undefined,
  }));
  return { ...rule, backends: parts };
}

const tcp = streamPortOf('TCP');
const db = streamRuleOf('TCPRoute', 'db');

describe('explain of a connection', () => {
  it('names listener, route, rule, backend and endpoints', () => {
    expect(ask([tcp, db, backendOf('db', 5000, 5001)], 'tcp://127.0.0.1:9443')).toEqual({
      method: '',
      url: 'tcp://127.0.0.1:9443',
      target: undefined,
      port: { address: '127.0.0.1', port: 9443, protocol: 'TCP' },
      listener: { name: 'shop/edge/tcp', hostname: '*', clientCertificates: undefined },
      rule: {
        resource: 'stream-rule/TCPRoute/shop/db/0',
        routeKind: 'TCPRoute',
        route: 'shop/db',
        rule: '0',
        hostname: '*',
        policies: [],
      },
      shares: [
        {
          label: 'shop/db:8080',
          weight: 1,
          percent: 100,
          balance: 'leastRequest',
          endpoints: ['127.0.0.1:5000', '127.0.0.1:5001'],
          tls: undefined,
          filters: [],
          policies: [],
          calls: [],
          answer: { kind: 'carried', detail: 'the connection is carried whole' },
        },
      ],
      answer: { kind: 'carried', detail: 'the connection is carried whole' },
      nearest: [],
    });
  });

  it.each(['http', 'https', 'tls'])('says the same of %s at a port of TCP, as nobody looks at what is said there', scheme => {
    expect(ask([tcp, db, backendOf('db', 5000)], `${scheme}://127.0.0.1:9443`)).toMatchObject({
      rule: { route: 'shop/db' },
      answer: { kind: 'carried' },
    });
  });

  it('goes to the oldest of the routes', () => {
    const older = { ...streamRuleOf('TCPRoute', 'older'), createdMs: 1 };
    const resources = [tcp, { ...db, createdMs: 2 }, older, backendOf('db', 5000), backendOf('older', 5001)];
    expect(ask(resources, 'tcp://127.0.0.1:9443').rule?.route).toBe('shop/older');
  });

  it('says what each backend comes to, and counts as carried if any is', () => {
    const rule = sharedBy(db, ['broken', 1], ['empty', 1], ['db', 2], ['idle', 0]);
    const { shares, answer } = ask([tcp, rule, backendOf('db', 5000), backendOf('empty')], 'tcp://127.0.0.1:9443');
    expect(shares.map(share => [share.percent, share.answer.kind === 'unreachable' ? share.answer.detail : ''])).toEqual([
      [25, 'backend shop/broken:8080 cannot be used: the connection is reset'],
      [25, 'shop/empty:8080 has no ready endpoints: the connection is reset'],
      [50, ''],
      [0, 'backend shop/idle:8080 cannot be used: the connection is reset'],
    ]);
    expect(answer.kind).toBe('carried');
  });

  it.each([
    ['no route', [], 'no TCPRoute is attached to listener shop/edge/tcp: the connection is reset'],
    ['no backend', [sharedBy(db)], 'the rule has no backend: the connection is reset'],
    ['no weight', [sharedBy(db, ['db', 0]), backendOf('db', 5000)], 'the rule has no backend: the connection is reset'],
  ])('says that it is reset where there is %s', (_, resources, detail) => {
    expect(ask([tcp, ...resources], 'tcp://127.0.0.1:9443').answer).toEqual({ kind: 'unreachable', detail });
  });

  it('says whom TLS with the backend is for, and why there can be none', () => {
    const tls = { serverName: 'db.internal', subjectAltNames: [], usesSystemAuthorities: true, trustBundle: undefined };
    const backend = { ...backendOf('db', 5000), tls };
    expect(ask([tcp, db, backend], 'tcp://127.0.0.1:9443').shares[0]?.tls).toEqual({ serverName: 'db.internal' });
    const listeners = tcp.listeners.map(listener => ({ ...listener, backendCertificate: { kind: 'unresolved' } as const }));
    expect(ask([{ ...tcp, listeners }, db, backend], 'tcp://127.0.0.1:9443').answer).toEqual({
      kind: 'unreachable',
      detail:
        'no TLS with shop/db:8080: the certificate that the Gateway shows to backends cannot be used: the connection is reset',
    });
  });

  it('goes by server name over TLS', () => {
    const resources = [
      streamPortOf('TLS'),
      streamRuleOf('TLSRoute', 'one', ['one.example']),
      streamRuleOf('TLSRoute', 'rest', ['*.example']),
      backendOf('one', 5000),
      backendOf('rest', 5001),
    ];
    expect(ask(resources, 'tls://one.example:9443').rule?.route).toBe('shop/one');
    expect(ask(resources, 'tls://two.example:9443').rule).toMatchObject({ route: 'shop/rest', hostname: '*.example' });
    expect(ask(resources, 'tls://127.0.0.1:9443').answer).toMatchObject({
      kind: 'unreachable',
      detail: expect.stringContaining('no TLSRoute there covers a connection without server name: the connection is reset'),
    });
  });

  it('finds the port of datagrams among others of its number', () => {
    const dns = streamRuleOf('UDPRoute', 'dns');
    const resources = [tcp, db, backendOf('db', 5000), streamPortOf('UDP'), dns, backendOf('dns', 5001)];
    expect(ask(resources, 'udp://127.0.0.1:9443')).toMatchObject({ port: { protocol: 'UDP' }, rule: { route: 'shop/dns' } });
    expect(ask(resources, 'tcp://127.0.0.1:9443')).toMatchObject({ port: { protocol: 'TCP' }, rule: { route: 'shop/db' } });
    expect(ask([streamPortOf('UDP')], 'udp://127.0.0.1:9443').answer).toMatchObject({
      detail: 'no UDPRoute is attached to listener shop/edge/udp: datagrams are dropped',
    });
  });

  it.each([
    ['tcp://127.0.0.1:81', 'nothing listens on port 81; ports: 8080, 8443, 9443'],
    ['tcp://127.0.0.1:8080', 'port 8080 speaks HTTP: write http://'],
    ['tcp://a.example:8443', 'port 8443 speaks TLS: write https://, or tls:// where it has a TLS listener'],
    ['tls://a.example:8443', 'listener shop/edge/https-0 takes requests, not connections: write https://'],
    ['tls://b.example:8443', 'no listener on port 8443 has a certificate for b.example: the TLS handshake fails'],
    ['udp://127.0.0.1:9443', 'port 9443 speaks TCP: write tcp://'],
    ['tcp://127.0.0.1', 'write host and port of a connection and nothing behind them, such as tcp://127.0.0.1:5432'],
  ])('says why %s reaches nobody', (url, detail) => {
    expect(ask([tcp, portOf(8080, '*'), portOf(8443, 'a.example')], url).answer).toEqual({ kind: 'unreachable', detail });
  });

  it('says how datagrams are asked about', () => {
    expect(ask([streamPortOf('UDP')], 'http://127.0.0.1:9443/').answer).toEqual({
      kind: 'unreachable',
      detail: 'port 9443 speaks UDP: write udp://',
    });
  });
});
