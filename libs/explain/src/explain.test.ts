// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import fc from 'fast-check';
import type { BackendCertificate, Resource } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import { explain } from './explain.ts';
import type { Explanation, ExplainRequest } from './explanation.ts';
import { renderExplanation } from './text/render-explanation.ts';
import {
  accessPolicyOf,
  backendOf,
  chainOf,
  matchOf,
  portOf,
  ruleOf,
  snapshotOf,
  streamPortOf,
  streamRuleOf,
  weighted,
} from './sample/sample-snapshot.ts';

function ask(resources: readonly Resource[], url: string, rest: Partial<ExplainRequest> = {}): Explanation {
  return explain(snapshotOf(...resources), { method: 'GET', url, headers: new HeaderList(), ...rest });
}

const officeOnly = [
  chainOf('access/office', 'shop/office'),
  accessPolicyOf('shop/office', { addresses: { allow: ['192.0.2.0/24'], deny: [] } }),
];

const everything = ruleOf('cart', { matches: [matchOf('/')] });

describe('explain', () => {
  it('names listener, route, rule, match, backend and endpoint of a request that is forwarded', () => {
    expect(ask([portOf(8080, '*'), everything, backendOf('cart', 9000)], 'http://shop.example:8080/a//b?c')).toEqual({
      method: 'GET',
      url: 'http://shop.example:8080/a//b?c',
      target: { host: 'shop.example', path: '/a/b', query: 'c' },
      port: { address: '127.0.0.1', port: 8080, protocol: 'HTTP' },
      listener: { name: 'shop/edge/http-0', hostname: '*', clientCertificates: undefined },
      rule: {
        resource: 'rule/shop/cart/0',
        routeKind: 'HTTPRoute',
        route: 'shop/cart',
        rule: '0',
        hostname: '*',
        matchIndex: 0,
        match: 'path prefix /',
        policies: [],
        filters: [],
        requestTimeoutMs: 0,
        attemptTimeoutMs: 0,
        retry: undefined,
      },
      shares: [
        {
          label: 'shop/cart:8080',
          weight: 1,
          percent: 100,
          balance: 'leastRequest',
          endpoints: ['127.0.0.1:9000'],
          tls: undefined,
          filters: [],
          policies: [],
          answer: { kind: 'forwarded', method: 'GET', host: 'shop.example', path: '/a/b', query: 'c' },
        },
      ],
      answer: { kind: 'forwarded', method: 'GET', host: 'shop.example', path: '/a/b', query: 'c' },
      nearest: [],
    });
  });

  it('follows a gRPC call as it follows any request', () => {
    const rule = { ...ruleOf('stock', { matches: [matchOf('/shop.v1.Stock')] }), routeKind: 'GRPCRoute' as const };
    const url = 'http://shop.example:8080/shop.v1.Stock/Get';
    const explanation = ask([portOf(8080, '*'), rule, backendOf('stock', 9000)], url, { method: 'POST' });
    expect(explanation).toMatchObject({
      rule: { routeKind: 'GRPCRoute' },
      answer: { kind: 'forwarded', path: '/shop.v1.Stock/Get' },
    });
  });

  describe('of a connection to a TLS listener', () => {
    const raw = streamPortOf('TLS', '*.example');

    it('says that it goes to the backend whole', () => {
      const resources = [raw, streamRuleOf('TLSRoute', 'mail', ['*.example']), backendOf('mail', 9000)];
      expect(ask(resources, 'https://mail.example:9443/')).toMatchObject({
        rule: { routeKind: 'TLSRoute', route: 'shop/mail', rule: '0', hostname: '*.example' },
        shares: [{ label: 'shop/mail:8080', percent: 100, endpoints: ['127.0.0.1:9000'] }],
        answer: {
          kind: 'carried',
          detail: 'the connection is carried whole: listener shop/edge/tls passes TLS through',
        },
      });
    });

    it('says that it is closed where no route covers the server name', () => {
      expect(ask([raw, streamRuleOf('TLSRoute', 'mail', ['web.example'])], 'https://mail.example:9443/').answer).toEqual({
        kind: 'unreachable',
        detail: 'listener shop/edge/tls passes TLS through, and no TLSRoute there covers mail.example: the connection is reset',
      });
    });
  });

  describe('of a connection that access policies look at', () => {
    const raw = streamPortOf('TLS', '*.example');
    const rule = streamRuleOf('TLSRoute', 'mail', ['*.example']);
    const from = (clientAddress: string, ...resources: readonly Resource[]): Explanation =>
      ask([raw, backendOf('mail', 9000), ...resources, ...officeOnly], 'https://mail.example:9443/', { clientAddress });
    const guarded = { ...rule, attachments: rule.attachments.map(one => ({ ...one, access: 'access/office' as const })) };

    it('says who is let in by address, and which policy closes it for the others', () => {
      expect(from('192.0.2.1', guarded).answer.kind).toBe('carried');
      expect(from('198.51.100.1', guarded).answer).toEqual({
        kind: 'unreachable',
        detail: 'AccessPolicy shop/office: address 198.51.100.1 is not in addresses.allow: the connection is reset',
      });
    });

    it('says the same of those of the Service', () => {
      const backends = rule.backends.map(one => ({ ...one, access: 'access/office' as const }));
      expect(from('192.0.2.1', { ...rule, backends }).answer.kind).toBe('carried');
      expect(from('198.51.100.1', { ...rule, backends }).answer).toMatchObject({
        kind: 'unreachable',
        detail: expect.stringContaining('AccessPolicy shop/office: address'),
      });
    });
  });

  describe('of a connection to an address, for which clients send no server name', () => {
    const mail = streamRuleOf('TLSRoute', 'mail', ['*']);

    it.each(['127.0.0.1', '[::1]'])('goes to the TLS listener that takes all names: %s', address => {
      expect(ask([streamPortOf('TLS'), mail, backendOf('mail', 9000)], `https://${address}:9443/`).answer.kind).toBe('carried');
    });

    it('finds no route where those there want a name', () => {
      const answer = ask(
        [streamPortOf('TLS'), { ...mail, ...streamRuleOf('TLSRoute', 'mail', ['a.example']) }],
        'https://127.0.0.1:9443/',
      ).answer;
      expect(answer).toMatchObject({
        kind: 'unreachable',
        detail: expect.stringContaining('no TLSRoute there covers a connection without server name'),
      });
    });

    it('fails where the listeners have hostnames', () => {
      expect(ask([streamPortOf('TLS', '*.example'), mail], 'https://127.0.0.1:9443/').answer).toEqual({
        kind: 'unreachable',
        detail:
          'clients send no server name for an address such as 127.0.0.1, and each listener on port 9443 has a hostname ' +
          '(*.example): the TLS handshake fails',
      });
    });

    it('goes by the host of the request where the port is of HTTPS alone', () => {
      const headers = HeaderList.of(['host', 'b.example']);
      const ports = [portOf(8443, 'a.example', 'b.example'), everything];
      expect(ask(ports, 'https://127.0.0.1:8443/', { headers }).listener?.hostname).toBe('b.example');
    });
  });

  it('answers 404 where no listener covers the host', () => {
    expect(ask([portOf(8080, 'a.example', '*.b.example'), everything], 'http://shop.example:8080/').answer).toEqual({
      kind: 'refused',
      status: 404,
      code: 'route_not_found',
      detail: 'no listener on port 8080 covers shop.example; hostnames: a.example, *.b.example',
    });
  });

  it('answers 421 where the host belongs to another listener than the connection', () => {
    const headers = HeaderList.of(['host', 'b.example']);
    expect(ask([portOf(8443, 'a.example', 'b.example'), everything], 'https://a.example:8443/', { headers }).answer).toEqual({
      kind: 'refused',
      status: 421,
      code: 'misdirected_request',
      detail: 'the connection is for a.example, the host b.example belongs to another listener',
    });
  });

  it('says that a handshake fails for a name that no listener covers', () => {
    expect(ask([portOf(8443, 'a.example')], 'https://b.example:8443/').answer).toEqual({
      kind: 'unreachable',
      detail: 'no listener on port 8443 has a certificate for b.example: the TLS handshake fails',
    });
  });

  it('says which protocol a port speaks', () => {
    expect(ask([portOf(8443, '*')], 'http://a.example:8443/').answer).toEqual({
      kind: 'unreachable',
      detail: 'port 8443 speaks HTTPS: write https://',
    });
  });

  it('answers 500 for a broken backend, 503 for one without endpoints, and counts a rule as forwarding if any share is', () => {
    const backends = [weighted('gone', { backend: undefined, weight: 2 }), weighted('empty'), weighted('cart')];
    const rule = ruleOf('cart', { matches: [matchOf('/')], backends });
    const { shares, answer } = ask(
      [portOf(8080, '*'), rule, backendOf('empty'), backendOf('cart', 9000)],
      'http://shop.example:8080/',
    );
    expect(shares.map(share => [share.percent, share.answer.kind === 'refused' ? share.answer.code : share.answer.kind])).toEqual(
      [
        [50, 'backend_invalid'],
        [25, 'no_endpoints'],
        [25, 'forwarded'],
      ],
    );
    expect(answer.kind).toBe('forwarded');
  });

  describe('of a backend with TLS', () => {
    const tls = {
      serverName: 'cart.internal',
      subjectAltNames: [],
      usesSystemAuthorities: false,
      trustBundle: 'trust/shop/cart',
    };
    const trust: Resource = { kind: 'trustBundle', name: 'trust/shop/cart', authoritiesPem: '' };
    const port = portOf(8080, '*');
    const showing = (backendCertificate: BackendCertificate): Resource => ({
      ...port,
      listeners: port.listeners.map(listener => ({ ...listener, backendCertificate })),
    });
    const at = (part: Partial<typeof tls> | { readonly trustBundle: undefined }, ...rest: readonly Resource[]) => {
      const backend = { ...backendOf('cart', 9000), protocol: 'http2' as const, tls: { ...tls, ...part } };
      return ask([port, everything, backend, ...rest], 'http://shop.example:8080/');
    };

    it('names the server and what is spoken inside', () => {
      const { answer, shares } = at({}, trust);
      expect(answer.kind).toBe('forwarded');
      expect(shares[0]?.tls).toEqual({ serverName: 'cart.internal', protocol: 'http2' });
      expect(at({ usesSystemAuthorities: true, trustBundle: undefined }).answer.kind).toBe('forwarded');
    });

    it.each([
      [
        'no authorities',
        at({ trustBundle: undefined }),
        'its BackendTLSPolicy has no authorities that can be used to verify it with',
      ],
      ['an unknown bundle', at({}), 'trust bundle trust/shop/cart of its BackendTLSPolicy is not known'],
      [
        'no certificate of that name to show',
        at({}, trust, showing({ kind: 'certificate', name: 'certificate/shop/edge' })),
        'certificate/shop/edge, which the Gateway shows to backends, is not known',
      ],
      [
        'a broken reference to the certificate to show',
        at({}, trust, showing({ kind: 'unresolved' })),
        'the certificate that the Gateway shows to backends cannot be used',
      ],
    ])('answers 500 where there is %s', (_, { answer }, reason) => {
      expect(answer).toEqual({
        kind: 'refused',
        status: 500,
        code: 'backend_invalid',
        detail: `no TLS with shop/cart:8080: ${reason}`,
      });
    });

    it('closes a connection that is carried whole', () => {
      const backend = { ...backendOf('mail', 9000), tls: { ...tls, trustBundle: undefined } };
      const mail = streamRuleOf('TLSRoute', 'mail', ['*.example']);
      expect(ask([streamPortOf('TLS', '*.example'), mail, backend], 'https://mail.example:9443/').answer).toEqual({
        kind: 'unreachable',
        detail:
          'no TLS with shop/mail:8080: its BackendTLSPolicy has no authorities that can be used to verify it with: ' +
          'the connection is reset',
      });
    });
  });

  it.each([
    ['no backend', []],
    ['no backend with a weight', [weighted('cart', { weight: 0 })]],
  ])('answers 500 for a rule with %s', (_, backends) => {
    const rule = ruleOf('cart', { matches: [matchOf('/')], backends });
    expect(ask([portOf(8080, '*'), rule, backendOf('cart', 9000)], 'http://shop.example:8080/').answer).toEqual({
      kind: 'refused',
      status: 500,
      code: 'backend_invalid',
      detail: 'the rule has no backend',
    });
  });

  it('answers what a rule that cannot be served as written answers, whatever its backends are', () => {
    const refusal = { code: 'filter_unsupported', detail: 'filter ExtensionRef is not supported' } as const;
    const rule = ruleOf('cart', { matches: [matchOf('/')], refusal });
    expect(ask([portOf(8080, '*'), rule, backendOf('cart', 9000)], 'http://shop.example:8080/').answer).toEqual({
      kind: 'refused',
      status: 500,
      code: 'filter_unsupported',
      detail: 'filter ExtensionRef is not supported',
    });
  });

  it('sees a preflight answered by the CORS filter', () => {
    const cors = {
      kind: 'cors',
      allowOrigins: ['https://shop.example'],
      allowCredentials: false,
      allowMethods: ['GET'],
      allowHeaders: [],
      exposeHeaders: [],
      maxAgeSeconds: 5,
    } as const;
    const rule = ruleOf('cart', { matches: [matchOf('/')], filters: [cors] });
    const headers = HeaderList.of(['origin', 'https://shop.example'], ['access-control-request-method', 'GET']);
    const { answer, rule: explained } = ask([portOf(8080, '*'), rule], 'http://shop.example:8080/', {
      method: 'OPTIONS',
      headers,
    });
    expect(answer).toEqual({ kind: 'replied', status: 204, location: undefined });
    expect(explained).toMatchObject({ filters: ['CORS for https://shop.example'] });
  });

  it.each([
    ['/cart', 'write an absolute URL, such as http://shop.example:8080/cart'],
    ['http://shop.example/a#b', 'request target has character 0x23 (fragments are not sent to servers) at offset 2'],
  ])('refuses %s', (url, detail) => {
    expect(ask([portOf(8080, '*')], url).answer).toEqual({ kind: 'refused', status: 400, code: 'bad_request', detail });
  });

  it('chooses the port by address, then by host', () => {
    const at = (address: string, hostname: string) => ({ ...portOf(8080, hostname), name: `port/${address}/8080`, address });
    const ports = [at('127.0.0.1', 'a.example'), at('127.0.0.2', 'b.example')];
    expect(ask(ports, 'http://b.example:8080/').port?.address).toBe('127.0.0.2');
    const headers = HeaderList.of(['host', 'b.example']);
    expect(ask(ports, 'http://127.0.0.1:8080/', { headers }).port?.address).toBe('127.0.0.1');
  });

  it('has an answer for whatever is asked, in text that cannot steer a terminal', () => {
    const resources = [portOf(8080, '*.example'), portOf(8443, 'shop.example'), everything, backendOf('cart', 9000)];
    const piece = fc.constantFrom(
      '/',
      '..',
      '%2e',
      '%',
      '?',
      'a=1',
      '#',
      '\\',
      '\u001b[2J',
      '\u202e',
      '\n',
      'é',
      '@',
      ':',
      '[',
      '*',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 6 }).map(pieces => pieces.join('')),
    );
    const start = fc.constantFrom(
      '',
      'http://shop.example:8080',
      'https://shop.example:8443',
      'http://a.example:8080/',
      'http://',
    );
    fc.assert(
      fc.property(start, text, text, fc.option(text, { nil: undefined }), (origin, rest, method, host) => {
        const headers = host === undefined ? new HeaderList() : HeaderList.of(['host', host]);
        const explanation = ask(resources, origin + rest, { method, headers });
        const lines = renderExplanation(explanation, { isColour: false }).split('\n');
        for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }),
      { numRuns: 500 },
    );
  });
});
