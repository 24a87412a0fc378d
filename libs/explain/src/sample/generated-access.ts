// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';

// Access policies, Consumers and requests in small alphabets, for what is generated to collide.

const GATEWAY_API = 'gateway.networking.k8s.io';
const TARGETS = [
  { group: '', kind: 'Namespace', name: 'shop' },
  { group: GATEWAY_API, kind: 'Gateway', name: 'edge' },
  { group: GATEWAY_API, kind: 'Gateway', name: 'edge', sectionName: 'http' },
  { group: GATEWAY_API, kind: 'HTTPRoute', name: 'cart' },
  { group: '', kind: 'Service', name: 'cart' },
] as const;
const PARTS = ['addresses', 'authentication', 'authorization'] as const;
const CIDRS = ['10.0.0.0/8', '10.1.0.0/16', '192.0.2.7', '0.0.0.0/0', '2001:db8::/32'] as const;

/** A document as JSON, which is YAML too. */
export interface GeneratedAccess {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** A request of a client. */
export interface ClientRequest {
  readonly method: string;
  readonly path: string;
  readonly from: string;
  readonly key: string | undefined;
  readonly tier: string | undefined;
}

function some<Item>(items: readonly Item[]): fc.Arbitrary<Item[]> {
  return fc.subarray([...items], { minLength: 1 });
}

function maybe<Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> {
  return fc.option(value, { nil: undefined });
}

const rule = fc.record({
  action: fc.constantFrom('Allow', 'Deny'),
  methods: maybe(some(['GET', 'POST'])),
  paths: maybe(some([{ value: '/cart' }, { value: '/cart/admin' }, { type: 'Exact', value: '/cart/a' }])),
  headers: maybe(some(['gold', 'silver']).map(values => [{ name: 'x-tier', values }])),
  consumers: maybe(some(['mobile', 'partner'])),
  groups: maybe(some(['staff', 'guest'])),
  addresses: maybe(some(CIDRS)),
});

const method = fc.record({
  apiKey: fc.record({
    from: some([{ header: 'x-api-key' }, { query: 'key' }]),
    consumers: maybe(fc.constant({ matchLabels: { tier: 'inner' } })),
  }),
});

/** Names make rules and methods of two policies comparable. */
function named<Item extends object>(item: fc.Arbitrary<Item>, maxLength: number): fc.Arbitrary<(Item & { name: string })[]> {
  const items = fc.array(fc.record({ item, name: fc.constantFrom('a', 'b', 'c') }), { minLength: 1, maxLength });
  return items.map(list => [...new Map(list.map(({ item: one, name }) => [name, { ...one, name }])).values()]);
}

const relaxable = some(PARTS).map(parts => parts.map(part => ({ part })));

const policySpec = fc.record({
  targetRefs: some(TARGETS),
  mode: fc.constantFrom('Enforce', 'Enforce', 'Shadow'),
  addresses: maybe(
    fc
      .record({ allow: maybe(some(CIDRS)), deny: maybe(some(CIDRS)) })
      .filter(({ allow, deny }) => allow !== undefined || deny !== undefined),
  ),
  authentication: maybe(fc.record({ methods: named(method, 2), anonymous: fc.boolean() })),
  authorization: fc.record({ defaultAction: maybe(fc.constant('Deny')), rules: named(rule, 3) }),
  relaxable: maybe(relaxable),
  relax: maybe(some(PARTS)),
});

const policy = fc
  .record({ name: fc.constantFrom('one', 'two', 'three'), spec: policySpec })
  .map(({ name, spec }): GeneratedAccess => ({
    apiVersion: 'weir.dev/v1alpha1',
    kind: 'AccessPolicy',
    metadata: { name, namespace: 'shop' },
    spec,
  }));

const consumer = fc
  .record({
    name: fc.constantFrom('mobile', 'partner'),
    isInner: fc.boolean(),
    groups: fc.subarray(['staff', 'guest']),
    keys: fc.subarray(['first', 'second']),
  })
  .map(({ name, isInner, groups, keys }): GeneratedAccess => ({
    apiVersion: 'weir.dev/v1alpha1',
    kind: 'Consumer',
    metadata: { name, namespace: 'shop', ...(isInner ? { labels: { tier: 'inner' } } : {}) },
    spec: { groups, apiKeys: keys.map(key => ({ secretRef: { name: key } })) },
  }));

/** The key that a Secret of a name holds. */
export function keyOf(secret: string): string {
  return `${secret}-0123456789abcdef`;
}

export const SECRETS = ['first', 'second'].map(name => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'shop' },
  stringData: { 'api-key': keyOf(name) },
}));

const accessDocument = fc.oneof({ weight: 3, arbitrary: policy }, { weight: 1, arbitrary: consumer });

type Edit = (document: GeneratedAccess) => readonly GeneratedAccess[];

/** An edit leaves a document out, puts another in its place or beside it, or lets it say one thing as another does. */
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.constant<Edit>(() => []),
  accessDocument.map((other): Edit => () => [other]),
  accessDocument.map((other): Edit => document => [document, other]),
  fc
    .record({ other: accessDocument, part: fc.constantFrom(...PARTS, 'apiKeys', 'groups', 'mode', 'targetRefs') })
    .map(({ other, part }): Edit => document => [
      document.kind === other.kind ? { ...document, spec: { ...document.spec, [part]: other.spec[part] } } : other,
    ]),
);

/** Documents, and the same with one of them edited. */
export const accessChange = fc
  .record({ before: fc.array(accessDocument, { minLength: 1, maxLength: 5 }), index: fc.nat(4), edit })
  .map(({ before, index, edit: change }) => {
    const edited = index % before.length;
    return { before, after: before.flatMap((document, position) => (position === edited ? change(document) : [document])) };
  });

export const clientRequest: fc.Arbitrary<ClientRequest> = fc.record({
  method: fc.constantFrom('GET', 'POST'),
  path: fc.constantFrom('/cart', '/cart/a', '/cart/admin/x'),
  from: fc.constantFrom('10.1.2.3', '10.2.0.1', '192.0.2.7', '2001:db8::1'),
  key: maybe(fc.constantFrom(keyOf('first'), keyOf('second'), 'wrong')),
  tier: maybe(fc.constantFrom('gold', 'bronze')),
});
