// SPDX-License-Identifier: Apache-2.0
import { createCompiler } from '@weir/policy/compile';
import { documentKey, parseDocuments } from '@weir/policy/documents';
import { describe, expect, it } from 'vitest';
import { clusterView } from './cluster-view.ts';
import type { ClusterView } from './cluster-view.ts';
import { createGatewayDefaults } from './cluster-defaults.ts';

const notes: string[] = [];
const openDefaults = (): ReturnType<typeof createGatewayDefaults> =>
  createGatewayDefaults({ namespace: 'weir-system', onNote: text => notes.push(text) });

function viewOf(text: string, defaults = openDefaults()): ClusterView {
  const { documents, problems } = parseDocuments(text, 'all.yaml');
  expect(problems).toEqual([]);
  const byKey = new Map(documents.map(document => [documentKey(document), document]));
  const compiler = createCompiler({ clock: { wallMs: () => 0 }, defaultAddresses: ['0.0.0.0'], hasOwnProxies: true });
  const { snapshot } = compiler.update(byKey);
  return clusterView({ documents: byKey, resources: snapshot.resources }, defaults);
}

const EDGE = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec:
  gatewayClassName: weir
  addresses: [{ type: IPAddress, value: 192.0.2.7 }, { type: IPAddress }]
  infrastructure:
    labels: { team: shop }
    annotations: { example.com/cost: "7" }
    parametersRef: { group: "", kind: ConfigMap, name: edge }
  listeners:
    - { name: https, port: 443, protocol: TLS, tls: { mode: Passthrough } }
    - { name: a, port: 80, protocol: HTTP, hostname: a.example }
    - { name: b, port: 80, protocol: HTTP, hostname: b.example }
    - { name: dns, port: 53, protocol: UDP }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: edge, namespace: shop }
data: { replicas: "3" }
`;

const DEFAULTS = `
---
apiVersion: v1
kind: ConfigMap
metadata: { name: weir-gateway-defaults, namespace: weir-system }
data: { service-type: NodePort, replicas: "2" }
`;

const CLASS = `
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: weir }
spec:
  controllerName: weir.dev/gateway-controller
  parametersRef: { group: "", kind: ConfigMap, namespace: platform, name: edges }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: edges, namespace: platform }
data: { service-type: ClusterIP, replicas: "5", access-log: "off" }
`;

describe('what is planned for Gateways', () => {
  it('is what its documents say over what holds for all', () => {
    const { plans } = viewOf(EDGE + DEFAULTS);
    expect([...plans]).toEqual([
      [
        'shop/edge',
        {
          ...{ namespace: 'shop', name: 'edge', className: 'weir', objectName: 'edge-weir' },
          ports: [
            { port: 53, protocol: 'UDP' },
            { port: 80, protocol: 'TCP' },
            { port: 443, protocol: 'TCP' },
          ],
          ...{ labels: { team: 'shop' }, annotations: { 'example.com/cost': '7' }, addresses: ['192.0.2.7'] },
          parameters: { serviceType: 'NodePort', replicas: 3 },
        },
      ],
    ]);
  });

  it('is nothing for a Gateway that is refused: what there was stays', () => {
    expect(viewOf(EDGE.replace('type: IPAddress, value: 192.0.2.7', 'type: Hostname, value: a.example')).plans.size).toBe(0);
  });

  it('is held for a Gateway whose parameters are wrong: what there was stays', () => {
    expect(viewOf(EDGE.replace('replicas', 'replica')).plans.get('shop/edge')).toMatchObject({
      held: 'ConfigMap shop/edge has key `replica`, which says nothing of a Gateway: did you mean `replicas`?',
    });
  });

  it('is what its class says where it says nothing itself', () => {
    const { plans } = viewOf(EDGE + DEFAULTS + CLASS);
    expect(plans.get('shop/edge')?.parameters).toEqual({ serviceType: 'ClusterIP', replicas: 3, accessLog: 'off' });
    expect(plans.get('shop/edge')).not.toHaveProperty('held');
  });

  it('is held for all Gateways of a class whose parameters are not to be had', () => {
    expect(viewOf(EDGE + CLASS.replace('name: edges }', 'name: egdes }')).plans.get('shop/edge')).toMatchObject({
      held: 'GatewayClass `weir` is not accepted: spec.parametersRef names ConfigMap `egdes`, which is not in namespace `platform`',
    });
  });

  it('goes on as it was while what holds for all cannot be read', () => {
    const defaults = openDefaults();
    viewOf(EDGE + DEFAULTS, defaults);
    notes.length = 0;
    const { plans } = viewOf(EDGE + DEFAULTS.replace('NodePort', 'Nodeport'), defaults);
    expect(plans.get('shop/edge')?.parameters).toEqual({ serviceType: 'NodePort', replicas: 3 });
    expect(notes).toEqual([
      'the defaults of Gateways stay as they were: ConfigMap weir-system/weir-gateway-defaults has service-type `Nodeport`: write LoadBalancer or NodePort or ClusterIP',
    ]);
  });

  it('is held for all Gateways where what holds for all could never be read, as after a start', () => {
    const { plans } = viewOf(EDGE + DEFAULTS.replace('NodePort', 'Nodeport'));
    expect(plans.get('shop/edge')).toMatchObject({
      held: 'the defaults of Gateways cannot be read: ConfigMap weir-system/weir-gateway-defaults has service-type `Nodeport`',
    });
  });

  it('has the roots of the mesh with it, as namespaces with sidecars do', () => {
    const namespaces = `
---
apiVersion: v1
kind: Namespace
metadata: { name: carts, labels: { weir.dev/inject: enabled } }
---
apiVersion: v1
kind: Namespace
metadata: { name: other }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: weir-roots, namespace: other, labels: { app.kubernetes.io/managed-by: weir } }
data: { roots.pem: one }
`;
    const { rootNamespaces, foundRoots } = viewOf(EDGE + namespaces);
    expect([[...rootNamespaces], [...foundRoots]]).toEqual([['shop', 'carts'], [['other', { rootsPem: 'one', isOurs: true }]]]);
  });

  it('leaves the roots where pods mount them, whatever became of Gateway and label: they would not start again', () => {
    const left = `
apiVersion: v1
kind: Namespace
metadata: { name: carts }
---
apiVersion: v1
kind: Pod
metadata: { name: cart, namespace: carts, labels: { weir.dev/injected: "true" } }
spec: {}
---
apiVersion: v1
kind: Pod
metadata: { name: bare, namespace: bare }
spec: {}
---
apiVersion: v1
kind: Service
metadata:
  name: edge-weir
  namespace: shop
  labels: { app.kubernetes.io/managed-by: weir, gateway.networking.k8s.io/gateway-name: edge }
spec: {}
`;
    expect([...viewOf(left).rootNamespaces]).toEqual(['carts', 'shop']);
  });
});
