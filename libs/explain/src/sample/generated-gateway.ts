// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';

// Documents and requests for the comparison with a running gateway. Small alphabets on purpose: what is generated has to
// collide, and yet every document has to pass its schema.

const GATEWAY_API = 'gateway.networking.k8s.io/v1';

/** A Kubernetes object as it would stand in a file. */
export interface GeneratedDocument {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>> & { readonly name: string; readonly namespace: string };
  readonly [field: string]: unknown;
}

/** A request as it goes over the wire. */
export interface WireRequest {
  readonly method: string;
  /** In origin form; `isAbsolute` puts scheme and authority in front. */
  readonly target: string;
  readonly isAbsolute: boolean;
  /** Without a port. */
  readonly host: string;
  readonly hasPort: boolean;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** Services by what stands behind them: `one` and `two` answer, `empty` has no endpoints, `missing` does not exist. */
const backendRefs = fc.constantFrom(
  [{ name: 'one', port: 80 }],
  [{ name: 'two', port: 80 }],
  [{ name: 'empty', port: 80 }],
  [{ name: 'missing', port: 80 }],
  [{ name: 'one', port: 81 }],
  [],
  [{ name: 'one', port: 80, weight: 0 }],
  [
    { name: 'one', port: 80, weight: 0 },
    { name: 'two', port: 80, weight: 0 },
  ],
  [
    { name: 'one', port: 80, weight: 0 },
    { name: 'two', port: 80, weight: 1 },
  ],
  [
    { name: 'missing', port: 80, weight: 1 },
    { name: 'two', port: 80, weight: 0 },
  ],
  [
    { name: 'one', port: 80, weight: 1 },
    { name: 'two', port: 80, weight: 2 },
  ],
  [
    { name: 'one', port: 80 },
    { name: 'empty', port: 80 },
    { name: 'missing', port: 80 },
  ],
);

const redirect = fc.constantFrom(
  { statusCode: 301 },
  { scheme: 'https', statusCode: 302 },
  { hostname: 'other.example', port: 8080 },
  { path: { type: 'ReplaceFullPath', replaceFullPath: '/moved' } },
);
const rewrite = fc.constantFrom({ hostname: 'inside.example' }, { path: { type: 'ReplaceFullPath', replaceFullPath: '/full' } });

const action = fc.oneof(
  { weight: 6, arbitrary: backendRefs.map(refs => ({ backendRefs: refs })) },
  { weight: 1, arbitrary: redirect.map(value => ({ filters: [{ type: 'RequestRedirect', requestRedirect: value }] })) },
  {
    weight: 1,
    arbitrary: fc.tuple(backendRefs, rewrite).map(([refs, value]) => ({
      filters: [{ type: 'URLRewrite', urlRewrite: value }],
      backendRefs: refs,
    })),
  },
);

const plainPath = fc.constantFrom('/', '/a', '/a/b', '/a/b/c', '/ab', '/b', '/a/', '/a%20b');
const regex = fc.constantFrom('/a.*', '/a/[^/]+', '/(a|b)/b', '.*', '/ab?(/.*)?', '/a/b/?');
const path = fc.oneof(
  fc.record({ type: fc.constantFrom('Exact', 'PathPrefix', 'PathPrefix'), value: plainPath }),
  fc.record({ type: fc.constant('RegularExpression'), value: regex }),
);

function conditions(...names: readonly string[]): fc.Arbitrary<readonly object[]> {
  const condition = fc.oneof(
    fc.record({ name: fc.constantFrom(...names), value: fc.constantFrom('1', '2', '1,2') }),
    fc.record({ name: fc.constantFrom(...names), type: fc.constant('RegularExpression'), value: fc.constantFrom('[12]', '1.*') }),
  );
  return fc.uniqueArray(condition, { maxLength: 2, selector: ({ name }) => name.toLowerCase() });
}

const match = fc.record(
  {
    path,
    method: fc.constantFrom('GET', 'POST', 'DELETE'),
    headers: conditions('x-a', 'X-B'),
    queryParams: conditions('q', 'r'),
  },
  { requiredKeys: [] },
);

const plainRule = fc.tuple(fc.array(match, { maxLength: 2 }), action).map(([matches, rest]) => ({
  ...(matches.length === 0 ? {} : { matches }),
  ...rest,
}));

/** A prefix can only be replaced where the rule has one match, and that of a prefix. */
const prefixRule = fc
  .record({
    prefix: plainPath,
    replacement: fc.constantFrom('/', '/moved', '/moved/'),
    isRedirect: fc.boolean(),
    refs: backendRefs,
  })
  .map(({ prefix, replacement, isRedirect, refs }) => {
    const change = { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: replacement } };
    const matches = [{ path: { type: 'PathPrefix', value: prefix } }];
    if (isRedirect) return { matches, filters: [{ type: 'RequestRedirect', requestRedirect: change }] };
    return { matches, filters: [{ type: 'URLRewrite', urlRewrite: change }], backendRefs: refs };
  });

const rule = fc.oneof({ weight: 6, arbitrary: plainRule }, { weight: 1, arbitrary: prefixRule });

const hostname = fc.constantFrom('example', '*.example', 'a.example', '*.a.example', 'b.a.example', 'other.test');

const route = fc.record({
  hostnames: fc.uniqueArray(hostname, { maxLength: 2 }),
  sectionName: fc.constantFrom(undefined, undefined, 'any', 'wild', 'exact'),
  createdAt: fc.constantFrom('2026-01-01T00:00:00Z', '2025-01-01T00:00:00Z'),
  rules: fc.array(rule, { minLength: 1, maxLength: 4 }),
});

/** The routes of a Gateway by this name. */
export function generatedRoutes(gatewayName: string): fc.Arbitrary<readonly GeneratedDocument[]> {
  return fc.array(route, { minLength: 2, maxLength: 7 }).map(routes =>
    routes.map(({ hostnames, sectionName, createdAt, rules }, index) => ({
      apiVersion: GATEWAY_API,
      kind: 'HTTPRoute',
      metadata: { name: `${gatewayName}-${index}`, namespace: 'default', creationTimestamp: createdAt },
      spec: {
        parentRefs: [{ name: gatewayName, ...(sectionName === undefined ? {} : { sectionName }) }],
        ...(hostnames.length === 0 ? {} : { hostnames }),
        rules,
      },
    })),
  );
}

/** A Gateway with listeners for every host, for a wildcard and for one name, on one port. */
export function gatewayOnPort(name: string, port: number, hasDefault: boolean): GeneratedDocument {
  const listener = (section: string): object => ({ name: section, protocol: 'HTTP', port });
  const named = [
    { ...listener('wild'), hostname: '*.example' },
    { ...listener('exact'), hostname: 'a.example' },
  ];
  return {
    apiVersion: GATEWAY_API,
    kind: 'Gateway',
    metadata: { name, namespace: 'default' },
    spec: { gatewayClassName: 'weir', listeners: hasDefault ? [listener('any'), ...named] : named },
  };
}

/** A Service with an endpoint on this port of loopback, or without any. */
export function serviceDocuments(name: string, port: number | undefined): readonly GeneratedDocument[] {
  const metadata = { name, namespace: 'default' };
  const service = { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ name: 'http', port: 80 }] } };
  if (port === undefined) return [service];
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port }],
    endpoints: [{ addresses: ['127.0.0.1'] }],
  };
  return [service, slice];
}

/** Key of the only Consumer. */
const KEY = 'key-0123456789abcdef';

export const consumerDocuments: readonly GeneratedDocument[] = [
  {
    apiVersion: 'weir.dev/v1alpha1',
    kind: 'Consumer',
    metadata: { name: 'known', namespace: 'default' },
    spec: { groups: ['gold'], apiKeys: [{ secretRef: { name: 'known' } }] },
  },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'known', namespace: 'default' },
    stringData: { 'api-key': KEY },
  },
];

const accessRule = fc.record(
  {
    action: fc.constantFrom('Allow', 'Deny'),
    methods: fc.constantFrom(['GET'], ['POST', 'DELETE']),
    groups: fc.constantFrom(['gold'], ['staff']),
    addresses: fc.constantFrom(['127.0.0.0/8'], ['10.0.0.0/8']),
    headers: fc.constantFrom([{ name: 'X-A', values: ['1', '2'] }], [{ name: 'Host', values: ['a.example'] }]),
    paths: fc.constantFrom([{ value: '/a' }], [{ type: 'Exact', value: '/a/b' }], [{ type: 'RegularExpression', value: '/a.*' }]),
  },
  { requiredKeys: ['action'], noNullPrototype: true },
);

const parts = fc.subarray(['addresses', 'authentication', 'authorization'] as const);

const policySpec = fc.record(
  {
    mode: fc.constantFrom('Enforce', 'Enforce', 'Shadow'),
    relaxable: parts.map(names => names.map(part => ({ part }))),
    relax: parts,
    addresses: fc.constantFrom({ allow: ['127.0.0.0/8'] }, { deny: ['127.0.0.1'] }, { allow: ['10.0.0.0/8'] }),
    authentication: fc.record({
      anonymous: fc.boolean(),
      methods: fc.constant([{ name: 'key', apiKey: { from: [{ header: 'X-Key' }, { query: 'q' }] } }]),
    }),
    authorization: fc
      .record(
        {
          defaultAction: fc.constant('Deny'),
          rules: fc.array(accessRule, { maxLength: 2 }).map(rules => rules.map((one, index) => ({ name: `r${index}`, ...one }))),
        },
        { requiredKeys: ['rules'], noNullPrototype: true },
      )
      .filter(({ defaultAction, rules }) => defaultAction !== undefined || rules.length > 0),
  },
  { requiredKeys: ['authorization'], noNullPrototype: true },
);

/** Access policies on a Gateway, its listeners and its routes. */
export function generatedPolicies(gatewayName: string): fc.Arbitrary<readonly GeneratedDocument[]> {
  const ref = (kind: string, name: string, section: object = {}): object => ({
    ...{ group: 'gateway.networking.k8s.io', kind, name },
    ...section,
  });
  const target = fc.constantFrom(
    ref('Gateway', gatewayName),
    ref('Gateway', gatewayName, { sectionName: 'wild' }),
    ...[0, 1, 2, 3].map(index => ref('HTTPRoute', `${gatewayName}-${index}`)),
  );
  return fc.array(fc.tuple(target, policySpec), { minLength: 1, maxLength: 4 }).map(policies =>
    policies.map(([targetRef, spec], index) => ({
      apiVersion: 'weir.dev/v1alpha1',
      kind: 'AccessPolicy',
      metadata: { name: `${gatewayName}-${index}`, namespace: 'default' },
      spec: { targetRefs: [targetRef], ...spec },
    })),
  );
}

const oddPath = fc.constantFrom(
  '/a//b',
  '//a/b',
  '/a/./b',
  '/a/x/../b',
  '/%61/b',
  '/a%2Fb',
  '/a%2fb',
  '/a/%2e%2e/b',
  '/a/..',
  '/..',
  '/a/%zz',
  '/a%00',
  '/a;x=1/b',
  '/A/B',
  '/a%20b',
  '/a\\b',
  '/a/b/',
  '/a#b',
  '/%C3%A9',
  '/%ff',
);
const query = fc.constantFrom('', '', '?q=1', '?q=2&q=1', '?r=1&q=12', '?%71=1', '?q', '?', '?q=1%2C2', '?q=%zz', '?q=a?b');

/** What clients send, odd spellings included. */
export const wireRequest: fc.Arbitrary<WireRequest> = fc.record({
  method: fc.constantFrom('GET', 'GET', 'POST', 'DELETE', 'HEAD', 'OPTIONS', 'PROPFIND', 'get'),
  target: fc
    .tuple(
      fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom('/', '/a', '/a/b', '/a/b/c', '/ab', '/b', '/b/b') },
        { weight: 2, arbitrary: oddPath },
      ),
      query,
    )
    .map(pieces => pieces.join('')),
  isAbsolute: fc.constantFrom(false, false, false, true),
  host: fc.constantFrom(
    'example',
    'a.example',
    'A.Example',
    'a.example.',
    'b.a.example',
    'c.b.a.example',
    'x.example',
    'other.test',
    'nobody.test',
    '127.0.0.1',
    '.example',
    'a..example',
    'a_b.example',
    'a.example..',
  ),
  hasPort: fc.boolean(),
  fields: fc
    .tuple(
      fc.array(fc.tuple(fc.constantFrom('X-A', 'x-b', 'x-a'), fc.constantFrom('1', '2', '12', '')), { maxLength: 3 }),
      fc.constantFrom<[string, string][]>([], [], [['X-Key', KEY]], [['X-Key', 'wrong']]),
    )
    .map(([fields, keys]) => [...fields, ...keys]),
});
