// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import type { ClusterObject } from '../api/cluster-api.ts';
import { ClusterDocuments } from './cluster-documents.ts';
import { neededFields } from './needed-fields.ts';

/** As kubelet writes it, again and again. */
function pod(podIP: string, writtenAt: string): ClusterObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'cart-1',
      namespace: 'shop',
      uid: 'u1',
      resourceVersion: writtenAt,
      labels: { app: 'cart', 'weir.dev/injected': 'true' },
      annotations: { 'kubectl.kubernetes.io/restartedAt': writtenAt },
      managedFields: [{ manager: 'kubelet' }],
    },
    spec: { serviceAccountName: 'cart', nodeName: 'one', containers: [{ name: 'app', image: 'app' }] },
    status: { phase: 'Running', podIPs: [{ ip: podIP }], conditions: [{ type: 'Ready', lastProbeTime: writtenAt }] },
  } as unknown as ClusterObject;
}

it('has of a Pod what is read, so that the rest of it is no change', () => {
  expect(neededFields(pod('10.0.0.1', '7'))).toEqual({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...{ name: 'cart-1', namespace: 'shop', uid: 'u1', resourceVersion: '7' },
      labels: { 'weir.dev/injected': 'true' },
      annotations: {},
    },
    spec: { serviceAccountName: 'cart' },
    status: { phase: 'Running', podIPs: [{ ip: '10.0.0.1' }] },
  });
  const documents = new ClusterDocuments();
  const put = (object: ClusterObject): readonly string[] => {
    documents.put(neededFields(object));
    return documents.take().changedKeys;
  };
  expect(put(pod('10.0.0.1', '7'))).toEqual(['Pod/shop/cart-1']);
  expect(put(pod('10.0.0.1', '8'))).toEqual([]);
  expect(put(pod('10.0.0.2', '9'))).toEqual(['Pod/shop/cart-1']);
});

it('has of a Pod that a Rollout holds what lets it serve and be let go, and of no other its conditions', () => {
  const plain = pod('10.0.0.1', '7') as unknown as { readonly metadata: object; readonly spec: object; readonly status: object };
  const labels = { 'pod-template-hash': 'aaa', tier: 'shop' };
  const annotations = { 'weir.dev/deployment': 'cart', other: 'text' };
  const gates = [{ conditionType: 'example.com/balanced' }, { conditionType: 'weir.dev/promoted' }];
  const conditions = ['ContainersReady', 'Ready', 'weir.dev/promoted'].map(type => ({
    ...{ type, status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' },
  }));
  const held = (readinessGates: readonly object[]): unknown =>
    neededFields({
      ...plain,
      metadata: { ...plain.metadata, labels, annotations },
      spec: { ...plain.spec, readinessGates },
      status: { ...plain.status, conditions },
    } as unknown as ClusterObject);
  const found = held(gates);
  expect(found).toMatchObject({
    metadata: { labels: { 'pod-template-hash': 'aaa' }, annotations: { 'weir.dev/deployment': 'cart' } },
    spec: { serviceAccountName: 'cart', readinessGates: [{ conditionType: 'weir.dev/promoted' }] },
    status: {
      phase: 'Running',
      conditions: [
        { type: 'ContainersReady', status: 'True' },
        { type: 'weir.dev/promoted', status: 'True' },
      ],
    },
  });
  expect(JSON.stringify(found)).not.toMatch(/lastTransitionTime|tier|example\.com/v);
  expect(held(gates.slice(0, 1))).toMatchObject({ spec: { serviceAccountName: 'cart' }, status: { phase: 'Running' } });
  expect(JSON.stringify(held(gates.slice(0, 1)))).not.toMatch(/conditions|readinessGates/v);
});

it('tells of a held Pod when its containers are ready or it is let go, and of nothing else that kubelet writes', () => {
  const documents = new ClusterDocuments();
  const put = (...conditions: readonly (readonly [string, string])[]): number => {
    const { metadata, status, ...plain } = pod('10.0.0.1', '7') as unknown as Readonly<Record<string, object>>;
    const spec = { readinessGates: [{ conditionType: 'weir.dev/promoted' }] };
    const written = { conditions: conditions.map(([type, value]) => ({ type, status: value })) };
    documents.put(neededFields({ ...plain, metadata, spec, status: { ...status, ...written } } as unknown as ClusterObject));
    return documents.take().changedKeys.length;
  };
  expect(put(['ContainersReady', 'False'], ['Ready', 'False'])).toBe(1);
  expect(put(['ContainersReady', 'False'], ['Ready', 'False'], ['PodScheduled', 'True'])).toBe(0);
  expect(put(['ContainersReady', 'True'], ['Ready', 'False'])).toBe(1);
  expect(put(['ContainersReady', 'True'], ['Ready', 'False'], ['weir.dev/promoted', 'True'])).toBe(1);
  expect(put(['ContainersReady', 'True'], ['Ready', 'True'], ['weir.dev/promoted', 'True'])).toBe(0);
});

it('has of a Node where its Pods are', () => {
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'one' },
    spec: { podCIDRs: ['10.0.0.0/24'], taints: [] },
    status: {},
  };
  expect(neededFields(node)).toMatchObject({ metadata: { name: 'one' }, spec: { podCIDRs: ['10.0.0.0/24'] } });
  expect(neededFields(node)).not.toHaveProperty('status');
});

it('leaves other kinds as they are', () => {
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec: { ports: [] } };
  expect(neededFields(service)).toBe(service);
});
