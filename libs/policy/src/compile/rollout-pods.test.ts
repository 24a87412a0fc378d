// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { Document } from '../documents/index.ts';
import { readDocuments } from './goldens/read-documents.ts';
import { createCompiler } from './index.ts';

const SERVICE = `
apiVersion: v1
kind: Service
metadata: { name: cart, namespace: shop }
spec: { ipFamilies: [IPv4, IPv6], ports: [{ name: http, port: 80 }, { name: admin, port: 81 }] }
---
apiVersion: weir.dev/v1alpha1
kind: Rollout
metadata: { name: cart, namespace: shop }
spec:
  targetRef: { name: cart }
  revisions: { deployment: { name: cart } }
  strategy: { blueGreen: {} }
`;

const PORTS = '[{ name: http, port: 3000 }, { name: admin, port: 3001 }]';

interface Written {
  readonly name: string;
  readonly hash?: string;
  /** Of the condition ContainersReady, where the Pod is held. */
  readonly held?: string;
  /** What it waits for besides; absent = Weir's gate, where it is held. */
  readonly gate?: string;
  readonly conditions: string;
}

function endpointsOf(pods: readonly Written[], { ports = PORTS, family = 'IPv4', address = '10.0.0.1' } = {}): string {
  const endpoints = pods.map(
    ({ name, conditions }) =>
      `{ addresses: ["${address}${name}"], conditions: ${conditions}, targetRef: { kind: Pod, name: p${name} } }`,
  );
  return `---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: cart-${family.toLowerCase()}, namespace: shop, labels: { kubernetes.io/service-name: cart } }
addressType: ${family}
endpoints: [${endpoints.join(', ')}]
ports: ${ports}
`;
}

function podsOf(pods: readonly Written[]): string {
  return pods
    .map(({ name, hash, held, gate = 'weir.dev/promoted' }) => {
      const labels = hash === undefined ? '{}' : `{ pod-template-hash: ${hash} }`;
      const gates = held === undefined ? '' : `readinessGates: [{ conditionType: ${gate} }]`;
      const conditions = held === undefined ? '' : `conditions: [{ type: ContainersReady, status: "${held}" }]`;
      return `---
apiVersion: v1
kind: Pod
metadata: { name: p${name}, namespace: shop, labels: ${labels} }
spec: { ${gates} }
status: { ${conditions} }
`;
    })
    .join('');
}

function counted(...texts: readonly string[]): unknown {
  const documents: ReadonlyMap<string, Document> = readDocuments([SERVICE, ...texts].join(''));
  const compiler = createCompiler({ clock: { wallMs: () => 0 }, defaultAddresses: ['127.0.0.1'], hasOwnProxies: true });
  return compiler.update(documents).rollouts.get('shop/cart')?.pods;
}

const PODS: readonly Written[] = [
  { name: '1', hash: 'aaa', conditions: '{ ready: true }' },
  { name: '0', hash: 'ddd', conditions: '{ ready: false }' },
  { name: '9', hash: 'ddd', conditions: '{ ready: false, terminating: true, serving: true }' },
  { name: '2', hash: 'aaa', conditions: '{ ready: true, terminating: true }' },
  { name: '3', hash: 'bbb', held: 'True', conditions: '{ ready: false }' },
  { name: '4', hash: 'bbb', held: 'False', conditions: '{ ready: false }' },
  { name: '5', hash: 'ccc', conditions: '{ ready: false }' },
  { name: '6', conditions: '{ ready: true }' },
  { name: '7', hash: 'ccc', held: 'True', gate: 'example.com/other', conditions: '{ ready: false }' },
  { name: '8', hash: 'bbb', held: 'True', conditions: '{ ready: false, terminating: true, serving: false }' },
];

describe('Pods of a Deployment that a Rollout is about', () => {
  it('count by revision where nothing but its gate keeps them from serving, and they do not end', () => {
    expect(counted(endpointsOf(PODS), podsOf(PODS))).toEqual({ aaa: 1, bbb: 1, ccc: 0, ddd: 0 });
  });

  it('count once of both families, and where they serve every port', () => {
    const other = endpointsOf(PODS, { family: 'IPv6', address: 'fd00::' });
    expect(counted(endpointsOf(PODS), other, podsOf(PODS))).toEqual({ aaa: 1, bbb: 1, ccc: 0, ddd: 0 });
    const half = endpointsOf(PODS, { ports: '[{ name: http, port: 3000 }]' });
    expect(counted(half, podsOf(PODS))).toEqual({ aaa: 0, bbb: 0, ccc: 0, ddd: 0 });
  });
});
