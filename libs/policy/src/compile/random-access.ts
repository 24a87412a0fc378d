// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';

// Access policies for property tests. Few names on purpose: what is generated has to meet.

const namespace = fc.constantFrom('shop', 'stock');
const GATEWAY_API = 'gateway.networking.k8s.io';

const target = fc.oneof(
  namespace.map(name => ({ group: '', kind: 'Namespace', name })),
  fc.constantFrom('a', 'b', 'c').map(name => ({ group: '', kind: 'Service', name })),
  fc.record(
    {
      group: fc.constant(GATEWAY_API),
      kind: fc.constant('Gateway'),
      name: fc.constantFrom('edge', 'side'),
      sectionName: fc.constantFrom('one', 'two'),
    },
    { requiredKeys: ['group', 'kind', 'name'], noNullPrototype: true },
  ),
  fc.record(
    {
      group: fc.constant(GATEWAY_API),
      kind: fc.constant('ListenerSet'),
      name: fc.constantFrom('l', 'm'),
      sectionName: fc.constantFrom('one', 'two'),
    },
    { requiredKeys: ['group', 'kind', 'name'], noNullPrototype: true },
  ),
  fc.record(
    {
      group: fc.constant(GATEWAY_API),
      kind: fc.constantFrom('HTTPRoute', 'HTTPRoute', 'GRPCRoute', 'TCPRoute'),
      name: fc.constantFrom('x', 'y', 'z'),
      sectionName: fc.constantFrom('first', 'second'),
    },
    { requiredKeys: ['group', 'kind', 'name'], noNullPrototype: true },
  ),
);

const rule = fc.record(
  {
    action: fc.constantFrom('Allow', 'Deny'),
    methods: fc.subarray(['GET', 'POST'], { minLength: 1 }),
    groups: fc.subarray(['gold', 'staff'], { minLength: 1 }),
    addresses: fc.subarray(['10.0.0.0/8', '192.0.2.0/24'], { minLength: 1 }),
    paths: fc.constantFrom([{ value: '/a' }], [{ value: '/b' }], [{ type: 'RegularExpression', value: '/(?=a)' }]),
  },
  { requiredKeys: ['action'], noNullPrototype: true },
);

const parts = fc.subarray(['addresses', 'authentication', 'authorization']);

const spec = fc.record(
  {
    targetRefs: fc.uniqueArray(target, {
      minLength: 1,
      maxLength: 3,
      selector: ({ kind, name, ...rest }) => JSON.stringify([kind, name, 'sectionName' in rest ? rest.sectionName : '']),
    }),
    mode: fc.constantFrom('Enforce', 'Enforce', 'Enforce', 'Shadow'),
    relaxable: fc
      .tuple(parts, fc.constantFrom('All', 'Same'))
      .map(([names, from]) => names.map(part => ({ part, namespaces: { from } }))),
    relax: parts,
    addresses: fc.constantFrom({ allow: ['10.0.0.0/8'] }, { deny: ['10.0.0.0/8'] }, { allow: ['10.0.0.0/8', '192.0.2.0/24'] }),
    mutualTls: fc.record({ mode: fc.constantFrom('Strict', 'Permissive') }),
    authentication: fc.record({
      anonymous: fc.boolean(),
      methods: fc.constantFrom(
        [{ name: 'key', apiKey: { from: [{ header: 'x-key' }] } }],
        [{ name: 'key', apiKey: { from: [{ header: 'x-key' }], consumers: { matchLabels: { team: 'gold' } } } }],
      ),
    }),
    authorization: fc
      .record(
        {
          defaultAction: fc.constant('Deny'),
          rules: fc.array(rule, { maxLength: 2 }).map(rules => rules.map((one, index) => ({ name: `r${index}`, ...one }))),
        },
        { requiredKeys: ['rules'], noNullPrototype: true },
      )
      .filter(({ defaultAction, rules }) => defaultAction !== undefined || rules.length > 0),
  },
  { requiredKeys: ['targetRefs', 'authorization'], noNullPrototype: true },
);

/** Policies on objects of namespaces `shop` and `stock`, some of which do not exist. */
export const accessPolicies = fc.record({
  apiVersion: fc.constant('weir.dev/v1alpha1'),
  kind: fc.constant('AccessPolicy'),
  metadata: fc.record({ name: fc.constantFrom('p', 'q', 'r'), namespace }),
  spec,
});

const consumers = fc.record({
  apiVersion: fc.constant('weir.dev/v1alpha1'),
  kind: fc.constant('Consumer'),
  metadata: fc.record({
    name: fc.constantFrom('ann', 'bob'),
    namespace,
    labels: fc.constantFrom<Record<string, string>>({}, { team: 'gold' }),
  }),
  spec: fc.record({
    groups: fc.subarray(['gold', 'staff']),
    apiKeys: fc.subarray([{ secretRef: { name: 'one' } }, { secretRef: { name: 'two' } }]),
  }),
});

const secrets = fc.record({
  apiVersion: fc.constant('v1'),
  kind: fc.constant('Secret'),
  metadata: fc.record({ name: fc.constantFrom('one', 'two'), namespace }),
  stringData: fc.record({ 'api-key': fc.constantFrom('key-of-one-0123456789', 'key-of-two-0123456789', 'short') }),
});

/** What access policies refer to. */
export const accessObjects = fc.oneof(accessPolicies, accessPolicies, accessPolicies, consumers, secrets);
