// SPDX-License-Identifier: Apache-2.0

// What access policies of property tests are attached to: one Gateway with a ListenerSet, one route with two rules, a Service behind
// each. Everything that a request passes is in a namespace of its own, so that every scope belongs to somebody else.

const GATEWAY_API = 'gateway.networking.k8s.io/v1';

/** Owners: of the Gateway, of the ListenerSet, of the route and the Service `api`, of the other Service. */
export const NAMESPACES = ['infra', 'team', 'shop', 'stock'] as const;
export type Owner = (typeof NAMESPACES)[number];

/** Listeners by their names in the snapshot. */
export const LISTENERS = { main: 'infra/edge/main', side: 'infra/edge/side', own: 'infra/edge/team/more/own' } as const;
export type ListenerName = keyof typeof LISTENERS;

export const CONSUMERS = ['ann', 'bob'] as const;
export type ConsumerName = (typeof CONSUMERS)[number];

/** `bob` is in group `gold` at every namespace but the Gateway's: whoever owns a route can make that so. */
export function groupsOf(consumer: ConsumerName, owner: Owner): readonly string[] {
  return consumer === 'ann' || owner !== 'infra' ? ['gold'] : ['staff'];
}

export function keyOf(consumer: ConsumerName, owner: Owner): string {
  return `${owner}-${consumer}-0123456789`;
}

const anyone = { namespaces: { from: 'All' } };
const listener = (name: string, port: number): object => ({ name, port, protocol: 'HTTP', allowedRoutes: anyone });

const gateway = {
  apiVersion: GATEWAY_API,
  kind: 'Gateway',
  metadata: { name: 'edge', namespace: 'infra' },
  spec: { gatewayClassName: 'weir', allowedListeners: anyone, listeners: [listener('main', 80), listener('side', 81)] },
};

const listenerSet = {
  apiVersion: GATEWAY_API,
  kind: 'ListenerSet',
  metadata: { name: 'more', namespace: 'team' },
  spec: { parentRef: { name: 'edge', namespace: 'infra' }, listeners: [listener('own', 82)] },
};

const route = {
  apiVersion: GATEWAY_API,
  kind: 'HTTPRoute',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    parentRefs: [
      { name: 'edge', namespace: 'infra' },
      { kind: 'ListenerSet', name: 'more', namespace: 'team' },
    ],
    rules: [
      { name: 'admin', matches: [{ path: { value: '/admin' } }], backendRefs: [{ name: 'api', port: 80 }] },
      { backendRefs: [{ name: 'api', namespace: 'stock', port: 80 }] },
    ],
  },
};

const grant = {
  apiVersion: GATEWAY_API,
  kind: 'ReferenceGrant',
  metadata: { name: 'shop', namespace: 'stock' },
  spec: {
    from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'shop' }],
    to: [{ group: '', kind: 'Service' }],
  },
};

const service = (namespace: Owner): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'api', namespace },
  spec: { ports: [{ port: 80 }] },
});

/** Only `shop` may relax what is relaxable by label. */
export const TRUSTED: Owner = 'shop';
const trusted = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: TRUSTED, labels: { trusted: 'yes' } } };

function consumersOf(namespace: Owner): readonly object[] {
  return CONSUMERS.flatMap(name => [
    {
      apiVersion: 'weir.dev/v1alpha1',
      kind: 'Consumer',
      metadata: { name, namespace, labels: { name } },
      spec: { groups: groupsOf(name, namespace), apiKeys: [{ secretRef: { name } }] },
    },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData: { 'api-key': keyOf(name, namespace) } },
  ]);
}

export const WORLD: readonly object[] = [
  ...[gateway, listenerSet, route, grant, service('shop'), service('stock'), trusted],
  ...NAMESPACES.flatMap(consumersOf),
];
