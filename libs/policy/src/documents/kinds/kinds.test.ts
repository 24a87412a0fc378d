// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KINDS } from './kinds.ts';

const HTTP_ROUTE = 'gateway.networking.k8s.io/v1/HTTPRoute';
const GATEWAY = 'gateway.networking.k8s.io/v1/Gateway';

type Fields = Readonly<Record<string, unknown>>;

function check(key: string, fields: Fields): { readonly data: unknown; readonly faults: readonly string[] } {
  const apiVersion = key.slice(0, key.lastIndexOf('/'));
  const document = { apiVersion, kind: key.slice(apiVersion.length + 1), metadata: { name: 'shop' }, ...fields };
  const result = KINDS.get(key)!.schema.safeParse(document);
  const issues = result.error?.issues ?? [];
  return { data: result.data, faults: issues.map(({ path, message }) => `${path.join('.')} ${message.split('\n')[0]!}`) };
}

const rule = (fields: Fields): Fields => ({ spec: { rules: [fields] } });
const listeners = (...list: readonly Fields[]): Fields => ({ spec: { gatewayClassName: 'weir', listeners: list } });
const HTTP = { name: 'http', port: 80, protocol: 'HTTP' };
const HTTPS = { name: 'https', port: 443, protocol: 'HTTPS' };

describe('HTTPRoute', () => {
  it('fills in what the CRD has as defaults', () => {
    const { data } = check(HTTP_ROUTE, {
      spec: { parentRefs: [{ name: 'edge' }], rules: [{ backendRefs: [{ name: 'catalogue', port: 80 }] }] },
    });
    expect(data).toMatchObject({
      spec: {
        parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge' }],
        rules: [
          {
            matches: [{ path: { type: 'PathPrefix', value: '/' } }],
            backendRefs: [{ group: '', kind: 'Service', name: 'catalogue', port: 80, weight: 1 }],
          },
        ],
      },
    });
  });

  it('matches every request where no rule is written', () => {
    expect(check(HTTP_ROUTE, { spec: {} }).data).toMatchObject({
      spec: { rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }] }] },
    });
  });

  it.each([
    ['shop', 'is `shop`, which does not begin with /'],
    ['/a//b', 'is `/a//b`, which contains `//`'],
    ['/a/./b', 'is `/a/./b`, which contains a segment `.`'],
    ['/a/..', 'is `/a/..`, which contains a segment `..`'],
    ['/a%2Fb', 'is `/a%2Fb`, which contains `%2f`'],
    ['/a#b', 'is `/a#b`, which contains `#`'],
    ['/a?b=c', 'is `/a?b=c`, which has a character that no path has'],
  ])('refuses the path %s', (value, fault) => {
    expect(check(HTTP_ROUTE, rule({ matches: [{ path: { value } }] })).faults).toEqual([
      `spec.rules.0.matches.0.path.value ${fault}`,
    ]);
  });

  it('leaves regular expressions to the resolver, and takes dots inside segments', () => {
    const matches = [{ path: { type: 'RegularExpression', value: '[/' } }, { path: { value: '/a/..b/.well-known' } }];
    expect(check(HTTP_ROUTE, rule({ matches })).faults).toEqual([]);
  });

  it.each([
    [
      'a filter without the field of its type',
      { filters: [{ type: 'URLRewrite' }] },
      'spec.rules.0.filters.0.urlRewrite is missing, and type URLRewrite needs it',
    ],
    [
      'a filter with the field of another type',
      { filters: [{ type: 'CORS', cors: {}, urlRewrite: {} }] },
      'spec.rules.0.filters.0.urlRewrite is written, and type is CORS',
    ],
    [
      'a filter twice',
      { filters: [1, 2].map(() => ({ type: 'CORS', cors: {} })) },
      'spec.rules.0.filters.1.type repeats the filter `CORS` of item 0',
    ],
    [
      'rewrite beside redirect',
      {
        filters: [
          { type: 'RequestRedirect', requestRedirect: {} },
          { type: 'URLRewrite', urlRewrite: {} },
        ],
      },
      'spec.rules.0.filters.1 is a URLRewrite beside a RequestRedirect: a redirect is answered before anything is rewritten',
    ],
    [
      'backends beside a redirect',
      { filters: [{ type: 'RequestRedirect', requestRedirect: {} }], backendRefs: [{ name: 'a', port: 80 }] },
      'spec.rules.0.backendRefs is written beside a RequestRedirect, which answers without a backend',
    ],
    [
      'a Service without port',
      { backendRefs: [{ name: 'catalogue' }] },
      'spec.rules.0.backendRefs.0.port is missing, and a reference to a Service needs it',
    ],
    [
      'a prefix to replace where an exact path is matched',
      {
        matches: [{ path: { type: 'Exact', value: '/a' } }],
        filters: [{ type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } } }],
      },
      'spec.rules.0.filters.0.urlRewrite.path.type is ReplacePrefixMatch, and the rule does not have exactly one match, of type PathPrefix',
    ],
    [
      'an attempt longer than its request',
      { timeouts: { request: '1s', backendRequest: '2s' } },
      'spec.rules.0.timeouts.backendRequest is 2s, longer than the timeout of the whole request, 1s',
    ],
    [
      'a percentage beside a fraction',
      {
        filters: [
          {
            type: 'RequestMirror',
            requestMirror: { backendRef: { name: 'a', port: 80 }, percent: 1, fraction: { numerator: 1 } },
          },
        ],
      },
      'spec.rules.0.filters.0.requestMirror.fraction is written beside percent',
    ],
    [
      'more than the whole',
      {
        filters: [
          { type: 'RequestMirror', requestMirror: { backendRef: { name: 'a', port: 80 }, fraction: { numerator: 101 } } },
        ],
      },
      'spec.rules.0.filters.0.requestMirror.fraction.numerator is 101, more than the denominator 100',
    ],
    [
      'a star among origins',
      { filters: [{ type: 'CORS', cors: { allowOrigins: ['https://shop.example', '*'] } }] },
      'spec.rules.0.filters.0.cors.allowOrigins.1 is `*` beside other values',
    ],
    [
      'a header matched twice',
      { matches: [{ headers: ['a', 'b'].map(value => ({ name: 'x-version', value })) }] },
      'spec.rules.0.matches.0.headers.1.name repeats the header `x-version` of item 0',
    ],
    [
      'a permanent cookie without end',
      { sessionPersistence: { cookieConfig: { lifetimeType: 'Permanent' } } },
      'spec.rules.0.sessionPersistence.absoluteTimeout is missing, and a permanent cookie needs it',
    ],
    ['a duration in words', { retry: { backoff: '1 s' } }, 'spec.rules.0.retry.backoff which is no duration'],
  ])('refuses %s', (_, fields, fault) => {
    expect(check(HTTP_ROUTE, rule(fields)).faults).toEqual([fault]);
  });

  it('lets mirrors repeat and lets 0s stand for no timeout', () => {
    const mirror = { type: 'RequestMirror', requestMirror: { backendRef: { name: 'a', port: 80 } } };
    const fields = { filters: [mirror, mirror], timeouts: { request: '0s', backendRequest: '2s' } };
    expect(check(HTTP_ROUTE, rule(fields)).faults).toEqual([]);
  });

  it('refuses two references to one parent that do not both say which part they mean', () => {
    const parentRefs = [{ name: 'edge' }, { name: 'edge', sectionName: 'http' }];
    expect(check(HTTP_ROUTE, { spec: { parentRefs } }).faults).toEqual([
      'spec.parentRefs.1 names Gateway `edge` again, and not both references say which section or port they mean',
    ]);
    const twice = [
      { name: 'edge', sectionName: 'http' },
      { name: 'edge', sectionName: 'http' },
    ];
    expect(check(HTTP_ROUTE, { spec: { parentRefs: twice } }).faults).toEqual([
      'spec.parentRefs.1 repeats the reference to `Gateway edge http` of item 0',
    ]);
    const apart = [
      { name: 'edge', sectionName: 'http' },
      { name: 'edge', sectionName: 'https' },
    ];
    expect(check(HTTP_ROUTE, { spec: { parentRefs: apart } }).faults).toEqual([]);
  });

  it('refuses more than 128 matches in all rules together', () => {
    const matches = Array.from({ length: 64 }, (_, index) => ({ path: { value: `/${index}` } }));
    const rules = [{ matches }, { matches }, { matches: [{ method: 'GET' }] }];
    expect(check(HTTP_ROUTE, { spec: { rules } }).faults).toEqual([
      'spec.rules has 129 matches in all its rules, and 128 are allowed',
    ]);
  });

  it('reports all faults of a document at once', () => {
    const { faults } = check(HTTP_ROUTE, {
      spec: { hostnames: ['Shop', '10.0.0.1'], hostname: 'shop', rules: [{ name: 'a' }, { name: 'a', match: [] }] },
    });
    expect(faults.map(fault => fault.split(' ')[0])).toEqual([
      'spec.hostnames.0',
      'spec.hostnames.1',
      'spec.rules.1',
      'spec.rules.1.name',
      'spec',
    ]);
  });
});

describe('a fault inside', () => {
  it('does not hide those of what is around it', () => {
    const { faults } = check(
      HTTP_ROUTE,
      rule({
        matches: [{ path: { value: 'shop' } }],
        filters: [{ type: 'RequestRedirect', requestRedirect: {} }],
        backendRefs: [{ name: 'catalogue', port: 80 }],
      }),
    );
    expect(faults.map(fault => fault.split(' ')[0])).toEqual(['spec.rules.0.matches.0.path.value', 'spec.rules.0.backendRefs']);
  });
});

describe('Gateway', () => {
  it('admits routes of its own namespace where nothing else is written', () => {
    expect(check(GATEWAY, listeners(HTTP)).data).toMatchObject({
      spec: { listeners: [{ allowedRoutes: { namespaces: { from: 'Same' } } }] },
    });
  });

  it.each([
    [
      'TLS on HTTP',
      [{ ...HTTP, tls: { certificateRefs: [{ name: 'cert' }] } }],
      'spec.listeners.0.tls is written, and protocol HTTP has no TLS',
    ],
    [
      'TLS without a certificate',
      [{ ...HTTPS, tls: {} }],
      'spec.listeners.0.tls.certificateRefs is missing, and mode Terminate needs a certificate',
    ],
    [
      'passthrough on HTTPS',
      [{ ...HTTPS, tls: { mode: 'Passthrough' } }],
      'spec.listeners.0.tls.mode is `Passthrough`, and HTTPS terminates TLS',
    ],
    [
      'a hostname on TCP',
      [{ ...HTTP, protocol: 'TCP', hostname: 'shop.example' }],
      'spec.listeners.0.hostname is written, and protocol TCP has no hostnames',
    ],
    ['one name twice', [HTTP, { ...HTTP, port: 81 }], 'spec.listeners.1.name repeats the name `http` of item 0'],
    [
      'one place twice',
      [HTTP, { ...HTTP, name: 'other' }],
      'spec.listeners.1 repeats port, protocol and hostname `80 HTTP any host` of item 0',
    ],
    [
      'an address as hostname',
      [{ ...HTTP, hostname: '10.0.0.1' }],
      'spec.listeners.0.hostname which is an IP address and no hostname',
    ],
    ['a port that is none', [{ ...HTTP, port: 70_000 }], 'spec.listeners.0.port Too big: expected number to be <=65535'],
  ])('refuses %s', (_, list, fault) => {
    expect(check(GATEWAY, listeners(...list)).faults).toEqual([fault]);
  });

  it('refuses labels for infrastructure that Kubernetes would refuse', () => {
    const infrastructure = { labels: { 'a b': 'x', team: 'no space' }, annotations: { 'example.com/note': 'any text' } };
    const { faults } = check(GATEWAY, { spec: { gatewayClassName: 'weir', listeners: [HTTP], infrastructure } });
    expect(faults).toEqual([
      'spec.infrastructure.labels.a b is no key of a label or annotation',
      'spec.infrastructure.labels.team which is no value of a label',
    ]);
  });

  it('refuses a selector whose operator lacks its values', () => {
    const selector = { matchExpressions: [{ key: 'team', operator: 'In' }] };
    const listener = { ...HTTP, allowedRoutes: { namespaces: { from: 'Selector', selector } } };
    expect(check(GATEWAY, listeners(listener)).faults).toEqual([
      'spec.listeners.0.allowedRoutes.namespaces.selector.matchExpressions.0.values is missing, and operator In needs it',
    ]);
  });
});

describe('core kinds', () => {
  it('take what a cluster prints for a Service', () => {
    const { faults } = check('v1/Service', {
      metadata: { name: 'catalogue', creationTimestamp: null, managedFields: [{}], uid: 'x', resourceVersion: '1' },
      spec: {
        clusterIP: '10.0.0.1',
        clusterIPs: ['10.0.0.1'],
        sessionAffinity: 'None',
        ports: [{ port: 80, targetPort: 'http' }],
      },
      status: { loadBalancer: {} },
    });
    expect(faults).toEqual([]);
  });

  it('take what a cluster prints for an EndpointSlice without endpoints', () => {
    expect(check('discovery.k8s.io/v1/EndpointSlice', { addressType: 'IPv4', endpoints: null, ports: null }).faults).toEqual([]);
  });

  it('refuse a misspelt field of a Service and name the known ones', () => {
    const { faults } = check('v1/Service', { spec: { port: [] } });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^spec /);
  });

  it('refuse a Secret whose data is plain text, without repeating it', () => {
    const { faults } = check('v1/Secret', { data: { password: 'hunter2!' } });
    expect(faults).toEqual(['data.password which is no base64']);
  });

  it('take base64 with line ends', () => {
    expect(check('v1/Secret', { data: { 'tls.crt': 'aGVs\nbG8=\n' } }).faults).toEqual([]);
  });
});

describe('every kind', () => {
  it.each([...KINDS.keys()])('%s refuses an unknown field at the top', key => {
    const { faults } = check(key, { sepc: {} });
    expect(faults.some(fault => fault.trimStart().startsWith('apiVersion'))).toBe(true);
  });

  it.each([...KINDS.keys()])('%s answers any value without throwing', key => {
    const { schema } = KINDS.get(key)!;
    const anything = fc.object({ key: fc.constantFrom('spec', 'metadata', 'name', 'rules', 'listeners', 'ports', 'data') });
    fc.assert(fc.property(fc.oneof(fc.jsonValue(), anything), value => typeof schema.safeParse(value).success === 'boolean'));
  });

  it('accepts again what it has made of a document', () => {
    const { data } = check(HTTP_ROUTE, rule({ matches: [{ method: 'GET' }], backendRefs: [{ name: 'a', port: 1 }] }));
    expect(KINDS.get(HTTP_ROUTE)!.schema.parse(data)).toEqual(data);
  });
});

describe('BackendTLSPolicy', () => {
  const POLICY = 'gateway.networking.k8s.io/v1/BackendTLSPolicy';
  const target = (fields: Fields = {}): Fields => ({ group: '', kind: 'Service', name: 'catalogue', ...fields });
  const validation = (fields: Fields): Fields => ({
    hostname: 'catalogue.example',
    wellKnownCACertificates: 'System',
    ...fields,
  });
  const policy = (targetRefs: readonly Fields[], fields: Fields = {}): Fields => ({
    spec: { targetRefs, validation: validation(fields) },
  });

  it.each([
    [
      'nobody to trust',
      { wellKnownCACertificates: undefined },
      'caCertificateRefs is missing, and nothing else says whom to trust',
    ],
    [
      'two answers to whom to trust',
      { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'authority' }] },
      'wellKnownCACertificates is written beside caCertificateRefs',
    ],
    ['a wildcard to verify', { hostname: '*.example' }, 'hostname which is no hostname'],
    [
      'a name without its field',
      { subjectAltNames: [{ type: 'URI' }] },
      'subjectAltNames.0.uri is missing, and type URI needs it',
    ],
    [
      'a name with the field of another type',
      { subjectAltNames: [{ type: 'Hostname', hostname: 'shop.example', uri: 'spiffe://shop' }] },
      'subjectAltNames.0.uri is written, and type is Hostname',
    ],
    ['a URI that is none', { subjectAltNames: [{ type: 'URI', uri: 'shop' }] }, 'subjectAltNames.0.uri which is no absolute URI'],
  ])('refuses %s', (_, fields, fault) => {
    expect(check(POLICY, policy([target()], fields)).faults).toEqual([`spec.validation.${fault}`]);
  });

  it.each([
    ['the same target twice', [target(), target()]],
    ['a Service whole and by port', [target(), target({ sectionName: 'web' })]],
    ['a Service by port and whole', [target({ sectionName: 'web' }), target()]],
    ['a port twice', [target({ sectionName: 'web' }), target({ sectionName: 'web' })]],
  ])('refuses %s', (_, targets) => {
    expect(check(POLICY, policy(targets)).faults).toEqual(['spec.targetRefs.1 names Service `catalogue` again']);
  });

  it('takes several ports of a Service', () => {
    const targets = [target({ sectionName: 'web' }), target({ sectionName: 'admin' })];
    expect(check(POLICY, policy(targets)).faults).toEqual([]);
  });
});
