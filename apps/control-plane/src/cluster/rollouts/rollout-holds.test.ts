// SPDX-License-Identifier: Apache-2.0
import { createCompiler } from '@weir/policy/compile';
import { documentKey, parseDocuments } from '@weir/policy/documents';
import type { Document } from '@weir/policy/documents';
import { createManualClock } from '@weir/testing';
import { expect, it } from 'vitest';
import { gatedPods } from './gated-pods.ts';
import { heldDeployments } from './held-deployments.ts';

function documentsIn(text: string): ReadonlyMap<string, Document> {
  const { documents, problems } = parseDocuments(text, 'all.yaml');
  expect(problems).toEqual([]);
  return new Map(documents.map(document => [documentKey(document), document]));
}

const rollout = (namespace: string, name: string, revisions: string): string => `
apiVersion: weir.dev/v1alpha1
kind: Rollout
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  targetRef: { name: ${name} }
  revisions: ${revisions}
  strategy: { canary: { steps: [{ weight: 5 }] } }
---`;

it('new Pods are asked about of all Deployments that Rollouts name, but for what answers and what a cluster runs by', () => {
  const named = (namespace: string, name: string): string => rollout(namespace, name, `{ deployment: { name: ${name}-app } }`);
  const text = [
    named('shop', 'cart'),
    named('edge', 'door'),
    named('kube-system', 'dns'),
    named('weir-system', 'weir'),
    rollout('shop', 'odd', `{ deployment: { name: "'] || true" } }`),
    rollout('shop', 'stock', '{ services: { stable: a, candidate: b } }'),
  ].join('\n');
  const compiler = createCompiler({ clock: createManualClock(), defaultAddresses: [], hasOwnProxies: true });
  const { rollouts } = compiler.update(documentsIn(text));
  expect(heldDeployments(rollouts, 'weir-system')).toEqual(new Set(['shop/cart-app', 'edge/door-app']));
});

it('gates are closed until their condition is True', () => {
  const pod = (name: string, gate: string, conditions: string): string => `
apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  namespace: shop
  labels: { pod-template-hash: b7 }
  annotations: { weir.dev/deployment: cart }
spec: { readinessGates: ${gate} }
status: { conditions: ${conditions} }
---`;
  const gate = '[{ conditionType: weir.dev/promoted }]';
  const text = [
    pod('new', gate, '[{ type: ContainersReady, status: "True" }]'),
    pod('closed', gate, '[{ type: weir.dev/promoted, status: "False" }]'),
    pod('open', gate, '[{ type: weir.dev/promoted, status: "True" }]'),
    pod('another', '[{ conditionType: lb/ready }]', '[]'),
    pod('plain', 'null', 'null'),
  ].join('\n');
  expect(gatedPods(documentsIn(text))).toEqual([
    { namespace: 'shop', name: 'new', deployment: 'cart', hash: 'b7' },
    { namespace: 'shop', name: 'closed', deployment: 'cart', hash: 'b7' },
  ]);
});
