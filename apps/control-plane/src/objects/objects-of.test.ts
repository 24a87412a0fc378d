// SPDX-License-Identifier: Apache-2.0
import { createCompiler } from '@weir/policy/compile';
import { parseDocuments, documentKey } from '@weir/policy/documents';
import { cartServiceYaml } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { ObjectIndex } from './object-index.ts';

const DOCUMENTS = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec: { gatewayClassName: weir, listeners: [{ name: http, port: 80, protocol: HTTP }] }
---
${cartServiceYaml({ address: '10.0.0.7', port: 9000 })}---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: cart, namespace: shop }
spec:
  parentRefs: [{ group: '', kind: Service, name: cart }, { name: edge }]
  rules: [{ backendRefs: [{ name: cart, port: 80 }] }]
---
apiVersion: weir.dev/v1alpha1
kind: AccessPolicy
metadata: { name: staff, namespace: shop }
spec:
  targetRefs: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, name: cart }]
  addresses: { allow: [192.0.2.0/24] }
---
apiVersion: weir.dev/v1alpha1
kind: TrafficPolicy
metadata: { name: slow, namespace: shop }
spec:
  targetRefs: [{ group: '', kind: Service, name: cart }]
  timeouts: { request: 3s }
  balancing: { type: LeastRequest }
`;

function compiled(text: string) {
  const { documents, problems } = parseDocuments(text, 'all.yaml');
  expect(problems).toEqual([]);
  const byKey = new Map(documents.map(document => [documentKey(document), document]));
  return createCompiler({ clock: { wallMs: () => 0 }, defaultAddresses: ['127.0.0.1'] }).update(byKey);
}

describe('what an object became', () => {
  it('is found for routes, policies, Services and Gateways', () => {
    const index = new ObjectIndex();
    index.apply(compiled(DOCUMENTS).transaction);
    const kindsOf = (key: string): readonly string[] =>
      [...new Set(index.namesOf(key).map(name => name.split('/')[0] ?? ''))].sort();
    expect(kindsOf('HTTPRoute/shop/cart')).toEqual(['inbound-rule', 'rule']);
    expect(kindsOf('AccessPolicy/shop/staff')).toEqual(['access', 'access-policy']);
    expect(kindsOf('TrafficPolicy/shop/slow')).toEqual(['backend', 'traffic-calls']);
    expect(kindsOf('Service/shop/cart')).toEqual(['backend', 'inbound-rule', 'mesh']);
    expect(kindsOf('Gateway/shop/edge')).toEqual(['port']);
    expect(index.namesOf('HTTPRoute/shop/other')).toEqual([]);
  });

  it('goes with its resources', () => {
    const index = new ObjectIndex();
    const { transaction } = compiled(DOCUMENTS);
    index.apply(transaction);
    index.apply({ upserts: [], removes: transaction.upserts.map(({ name }) => name) });
    expect(index.namesOf('HTTPRoute/shop/cart')).toEqual([]);
  });
});
