// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { Document } from '../documents/index.ts';
import type { Compiler } from './index.ts';
import { createCompiler } from './index.ts';
import { readDocuments } from './goldens/read-documents.ts';
import { routeText, SERVICE, sliceText } from './goldens/shop-texts.ts';
import { withCredentials } from './goldens/read-scenario.ts';

const GATEWAY = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop, generation: 4 }
spec: { gatewayClassName: weir, listeners: [{ name: http, port: 80, protocol: HTTP }] }
`;
function balancing(type: string): string {
  return `
apiVersion: weir.dev/v1alpha1
kind: TrafficPolicy
metadata: { name: balancing, namespace: shop }
spec: { targetRefs: [{ group: "", kind: Service, name: catalogue }], balancing: { type: ${type} } }
`;
}

function read(...texts: readonly string[]): ReadonlyMap<string, Document> {
  return readDocuments(texts.join('---'));
}

/** Later documents take the place of earlier ones with the same key, and the others keep their identity. */
function edit(documents: ReadonlyMap<string, Document>, ...texts: readonly string[]): ReadonlyMap<string, Document> {
  return new Map([...documents, ...read(...texts)]);
}

function without(documents: ReadonlyMap<string, Document>, key: string): ReadonlyMap<string, Document> {
  return new Map([...documents].filter(([other]) => other !== key));
}

const SHOP = read(GATEWAY, SERVICE, sliceText('10.0.0.1'), routeText('storefront', '/'), routeText('orders', '/orders'));

function compiler(wallMs: () => number = () => 0): Compiler {
  return createCompiler({ clock: { wallMs }, defaultAddresses: ['127.0.0.1'] });
}

describe('a compiler', () => {
  it('counts versions up only when something changed', () => {
    const { update } = compiler();
    const first = update(SHOP);
    const second = update(new Map(SHOP));
    const third = update(edit(SHOP, sliceText('10.0.0.2')));
    expect([first, second, third].map(({ snapshot }) => snapshot.version)).toEqual([1, 1, 2]);
    expect(second.snapshot).toBe(first.snapshot);
    expect(second.statuses).toBe(first.statuses);
    expect(second.problems).toBe(first.problems);
    expect(second.transaction).toEqual({ version: 1, upserts: [], removes: [] });
  });

  it('sends a changed route and nothing else', () => {
    const { update } = compiler();
    const before = update(SHOP).snapshot.resources;
    const { snapshot, transaction } = update(edit(SHOP, routeText('orders', '/purchases')));
    expect(transaction.upserts.map(({ name }) => name)).toEqual(['rule/shop/orders/0']);
    expect(transaction.removes).toEqual([]);
    expect(snapshot.resources.get('rule/shop/storefront/0')).toBe(before.get('rule/shop/storefront/0'));
    expect(before.get('rule/shop/orders/0')).toMatchObject({ matches: [{ path: { value: '/orders' } }] });
  });

  it('sends only the backend when endpoints move', () => {
    const { update } = compiler();
    update(SHOP);
    const { transaction } = update(edit(SHOP, sliceText('10.0.0.2')));
    expect(transaction.upserts).toMatchObject([
      { name: 'backend/shop/catalogue/8080', endpoints: [{ address: '10.0.0.2', port: 3000 }] },
    ]);
  });

  it('sends only the backend when a policy chooses among its endpoints otherwise', () => {
    const { update } = compiler();
    update(edit(SHOP, balancing('Random')));
    const { transaction } = update(edit(SHOP, balancing('PeakEwma')));
    expect(transaction.upserts).toMatchObject([{ name: 'backend/shop/catalogue/8080', balance: 'peakEwma' }]);
    expect(transaction.removes).toEqual([]);
  });

  it('takes up what a policy says of a backend when it comes, and forgets it when it goes', () => {
    const { update } = compiler();
    const { snapshot } = update(SHOP);
    const balanced = update(edit(SHOP, balancing('Random'))).snapshot;
    expect(balanced.resources.get('backend/shop/catalogue/8080')).toMatchObject({ balance: 'random' });
    expect(update(SHOP).snapshot.resources).toEqual(snapshot.resources);
  });

  it('sends nothing when a document says the same in other words', () => {
    const { update } = compiler();
    update(SHOP);
    const { transaction } = update(edit(SHOP, routeText('orders', '/orders/')));
    expect(transaction).toEqual({ version: 1, upserts: [], removes: [] });
  });

  it('removes a backend with its last route', () => {
    const { update } = compiler();
    update(SHOP);
    const one = without(SHOP, 'HTTPRoute/shop/orders');
    expect(update(one).transaction.removes).toEqual(['rule/shop/orders/0']);
    const none = without(one, 'HTTPRoute/shop/storefront');
    expect(update(none).transaction.removes).toEqual(['backend/shop/catalogue/8080', 'rule/shop/storefront/0']);
  });

  it('breaks the rules of a Service that goes, and mends them when it comes back', () => {
    const { update } = compiler();
    const { snapshot } = update(SHOP);
    const broken = update(without(SHOP, 'Service/shop/catalogue'));
    expect(broken.transaction.removes).toEqual(['backend/shop/catalogue/8080']);
    expect(broken.problems).toHaveLength(2);
    const mended = update(SHOP);
    expect(mended.snapshot.resources).toEqual(snapshot.resources);
    expect(mended.problems).toEqual([]);
  });

  it('detaches routes from a Gateway that goes', () => {
    const { update } = compiler();
    update(SHOP);
    const { snapshot, statuses } = update(without(SHOP, 'Gateway/shop/edge'));
    expect([...snapshot.resources.keys()].filter(name => !name.startsWith('backend/'))).toEqual([]);
    expect(statuses.get('Gateway/shop/edge')).toBeUndefined();
    expect(statuses.get('HTTPRoute/shop/orders')).toEqual({ parents: [] });
  });

  it('gives a port to the next Gateway when its holder goes', () => {
    const { update } = compiler();
    const rival = GATEWAY.replace('name: edge', 'name: other');
    update(edit(SHOP, rival));
    const { transaction } = update(without(edit(SHOP, rival), 'Gateway/shop/edge'));
    expect(transaction.upserts).toMatchObject([{ name: 'port/127.0.0.1/80', listeners: [{ name: 'shop/other/http' }] }]);
  });

  it('keeps the time of a condition that stays what it was', () => {
    let nowMs = Date.UTC(2026, 0, 1);
    const { update } = compiler(() => nowMs);
    update(SHOP);
    nowMs = Date.UTC(2026, 0, 2);
    const { statuses } = update(without(SHOP, 'Service/shop/catalogue'));
    expect(statuses.get('HTTPRoute/shop/orders')).toMatchObject({
      parents: [
        {
          conditions: [
            { type: 'Accepted', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' },
            { type: 'ResolvedRefs', status: 'False', lastTransitionTime: '2026-01-02T00:00:00Z' },
          ],
        },
      ],
    });
    expect(statuses.get('Gateway/shop/edge')).toMatchObject({ conditions: [{ observedGeneration: 4 }, {}, {}] });
  });

  it('renews a certificate without touching ports or routes', () => {
    const https = GATEWAY.replace('protocol: HTTP', 'protocol: HTTPS, tls: { certificateRefs: [{ name: shop }] }');
    const secret = (file: string): string =>
      withCredentials(`
apiVersion: v1
kind: Secret
metadata: { name: shop, namespace: shop }
data: { tls.crt: $(${file}), tls.key: $(shop.key) }
`);
    const { update } = compiler(() => Date.UTC(2026, 1, 1));
    const old = edit(SHOP, https, secret('expiring.crt'));
    expect(update(old).problems).toMatchObject([{ code: 'certificate-expires-soon' }]);
    const renewed = update(edit(old, secret('shop.crt')));
    expect(renewed.transaction.upserts.map(({ name }) => name)).toEqual(['certificate/shop/shop']);
    expect(renewed.problems).toEqual([]);
  });

  it('notices that a certificate expires while nothing else happens', () => {
    const https = GATEWAY.replace('protocol: HTTP', 'protocol: HTTPS, tls: { certificateRefs: [{ name: shop }] }');
    const secret = withCredentials(`
apiVersion: v1
kind: Secret
metadata: { name: shop, namespace: shop }
data: { tls.crt: $(expiring.crt), tls.key: $(shop.key) }
`);
    let nowMs = Date.UTC(2026, 0, 10);
    const { update } = compiler(() => nowMs);
    const documents = read(https, secret);
    expect(update(documents).problems).toEqual([]);
    nowMs = Date.UTC(2026, 1, 10);
    const [problem] = update(documents).problems;
    expect(problem).toMatchObject({ code: 'certificate-expired', object: 'Secret shop/shop', path: 'data.tls.crt' });
    expect(JSON.stringify(problem)).not.toContain('LS0t');
  });

  it('sends only the backend and its authorities when a policy for its TLS comes, changes and goes', () => {
    const policy = (hostname: string): string => `
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: catalogue-tls, namespace: shop }
spec:
  targetRefs: [{ group: "", kind: Service, name: catalogue }]
  validation: { hostname: ${hostname}, caCertificateRefs: [{ group: "", kind: ConfigMap, name: authority }] }
`;
    const authority = withCredentials(`
apiVersion: v1
kind: ConfigMap
metadata: { name: authority, namespace: shop }
data: { ca.crt: $(text authority.crt) }
`);
    const { update } = compiler();
    const plain = edit(SHOP, SERVICE.replaceAll('catalogue', 'ledger'), authority);
    update(plain);
    const added = update(edit(plain, policy('catalogue.example')));
    const [backend, trust] = ['backend/shop/catalogue/8080', 'trust/BackendTLSPolicy/shop/catalogue-tls'];
    expect(added.transaction.upserts.map(({ name }) => name)).toEqual([backend, trust]);
    expect(added.statuses.get('BackendTLSPolicy/shop/catalogue-tls')).toMatchObject({
      ancestors: [{ ancestorRef: { kind: 'Gateway', namespace: 'shop', name: 'edge' } }],
    });
    const changed = update(edit(plain, policy('ledger.example')));
    expect(changed.transaction.upserts).toMatchObject([{ name: backend, tls: { serverName: 'ledger.example' } }]);
    const removed = update(plain);
    expect(removed.transaction.upserts.map(({ name }) => name)).toEqual([backend]);
    expect(removed.transaction.removes).toEqual([trust]);
    expect(removed.statuses.has('BackendTLSPolicy/shop/catalogue-tls')).toBe(false);
  });

  it('sends only ports and the routes of a ListenerSet when it comes, and takes them back when it goes', () => {
    const set = `
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: { name: extra, namespace: shop }
spec: { parentRef: { name: edge }, listeners: [{ name: http, port: 81, protocol: HTTP }] }
`;
    const open = GATEWAY.replace('spec: {', 'spec: { allowedListeners: { namespaces: { from: Same } },');
    const { update } = compiler();
    const documents = edit(SHOP, open, routeText('lists', '/').replace('name: edge', 'kind: ListenerSet, name: extra'));
    expect(update(documents).problems).toMatchObject([{ code: 'parent-not-found' }]);
    const added = update(edit(documents, set));
    expect(added.transaction.upserts.map(({ name }) => name)).toEqual(['port/127.0.0.1/81', 'rule/shop/lists/0']);
    expect(added.problems).toEqual([]);
    const removed = update(documents);
    expect(removed.transaction).toMatchObject({ upserts: [], removes: ['port/127.0.0.1/81', 'rule/shop/lists/0'] });
    expect(removed.statuses.has('ListenerSet/shop/extra')).toBe(false);
  });

  it('sends only the port of a ListenerSet when a grant for its certificate comes', () => {
    const documents = edit(
      SHOP,
      GATEWAY.replace('spec: {', 'spec: { allowedListeners: { namespaces: { from: Same } },'),
      `
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: { name: extra, namespace: shop }
spec:
  parentRef: { name: edge }
  listeners:
    - name: https
      port: 443
      protocol: HTTPS
      tls: { certificateRefs: [{ name: shop, namespace: vault }] }
`,
      withCredentials(`
apiVersion: v1
kind: Secret
metadata: { name: shop, namespace: vault }
data: { tls.crt: $(shop.crt), tls.key: $(shop.key) }
`),
    );
    const grant = `
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: { name: sets, namespace: vault }
spec:
  from: [{ group: gateway.networking.k8s.io, kind: ListenerSet, namespace: shop }]
  to: [{ group: "", kind: Secret }]
`;
    const { update } = compiler();
    update(documents);
    const { transaction } = update(edit(documents, grant));
    expect(transaction.upserts.map(({ name }) => name)).toEqual(['certificate/vault/shop', 'port/127.0.0.1/443']);
  });

  it('takes a Gateway from the status of a policy with its last route', () => {
    const policy = `
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: catalogue-tls, namespace: shop }
spec:
  targetRefs: [{ group: "", kind: Service, name: catalogue }]
  validation: { hostname: catalogue.example, wellKnownCACertificates: System }
`;
    const { update } = compiler();
    const documents = edit(SHOP, policy);
    update(documents);
    const one = without(documents, 'HTTPRoute/shop/orders');
    expect(update(one).statuses.get('BackendTLSPolicy/shop/catalogue-tls')).toMatchObject({ ancestors: [{}] });
    const none = update(without(one, 'HTTPRoute/shop/storefront'));
    expect(none.statuses.get('BackendTLSPolicy/shop/catalogue-tls')).toEqual({ ancestors: [] });
  });

  it('gives hosts to a GRPCRoute when the HTTPRoute that had them goes, and touches no other route', () => {
    const { update } = compiler();
    const grpc = `
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: { name: stock, namespace: shop, creationTimestamp: 2026-01-01T00:00:00Z }
spec:
  parentRefs: [{ name: edge }]
  hostnames: [grpc.example]
  rules: [{ backendRefs: [{ name: catalogue, port: 8080 }] }]
`;
    const apart = routeText('orders', '/orders').replace('  rules:', '  hostnames: [other.example]\n  rules:');
    const documents = read(GATEWAY, SERVICE, sliceText('10.0.0.1'), routeText('storefront', '/'), apart, grpc);
    expect(update(documents).statuses.get('GRPCRoute/shop/stock')).toMatchObject({
      parents: [{ conditions: [{ type: 'Accepted', status: 'False', reason: 'HostnameConflict' }, {}] }],
    });
    const { transaction, statuses } = update(without(documents, 'HTTPRoute/shop/storefront'));
    expect(transaction.upserts.map(({ name }) => name)).toEqual(['grpc-rule/shop/stock/0']);
    expect(statuses.get('GRPCRoute/shop/stock')).toMatchObject({ parents: [{ conditions: [{ status: 'True' }, {}] }] });
  });

  it('sends exactly the stream rule that a grant opens', () => {
    const { update } = compiler();
    const tcp = (name: string, home: string): string => `
apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: { name: ${name}, namespace: shop }
spec: { parentRefs: [{ name: edge }], rules: [{ backendRefs: [{ name: catalogue, namespace: ${home}, port: 8080 }] }] }
`;
    const gateway = GATEWAY.replace('protocol: HTTP', 'protocol: TCP');
    const documents = read(
      gateway,
      SERVICE,
      SERVICE.replace('namespace: shop', 'namespace: stock'),
      tcp('a', 'shop'),
      tcp('b', 'stock'),
    );
    update(documents);
    const grant = `
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: { name: shop, namespace: stock }
spec:
  from: [{ group: gateway.networking.k8s.io, kind: TCPRoute, namespace: shop }]
  to: [{ group: "", kind: Service }]
`;
    const { transaction } = update(edit(documents, grant));
    expect(transaction.upserts.map(({ name }) => name)).toEqual([
      'backend/stock/catalogue/8080',
      'stream-rule/TCPRoute/shop/b/0',
    ]);
  });

  it('says where a reference is written', () => {
    const { problems } = compiler().update(without(SHOP, 'Service/shop/catalogue'));
    expect(problems[0]).toMatchObject({
      file: 'documents.yaml',
      line: expect.any(Number),
      path: 'spec.rules[0].backendRefs[0].name',
    });
  });
});
