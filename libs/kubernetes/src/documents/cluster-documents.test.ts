// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { ClusterObject } from '../api/cluster-api.ts';
import { ClusterDocuments } from './cluster-documents.ts';

/** As an API server gives it, with what only it writes. */
function service(name: string, port: number, more: object = {}): ClusterObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      namespace: 'shop',
      uid: 'f1',
      resourceVersion: '7',
      creationTimestamp: '2026-01-01T00:00:00Z',
      managedFields: [],
    },
    spec: {
      clusterIP: '10.96.0.7',
      clusterIPs: ['10.96.0.7'],
      internalTrafficPolicy: 'Cluster',
      ports: [{ port, protocol: 'TCP' }],
      ...more,
    },
    status: { loadBalancer: {} },
  } as unknown as ClusterObject;
}

const route = (fields: object): ClusterObject => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'web', namespace: 'shop', generation: 2 },
  spec: { rules: [{ backendRefs: [{ name: 'web', port: 80 }], ...fields }] },
});

describe('objects of a cluster', () => {
  it('are documents, of which only what means something else is told', () => {
    const documents = new ClusterDocuments();
    documents.put(service('web', 80));
    const first = documents.take();
    expect([first.changedKeys, first.documents.get('Service/shop/web')?.source.label]).toEqual([['Service/shop/web'], 'cluster']);
    documents.put({ ...service('web', 80), status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } });
    expect(documents.take().changedKeys).toEqual([]);
    documents.put(service('web', 8080));
    documents.remove(service('gone', 80));
    expect(documents.take()).toMatchObject({ changedKeys: ['Service/shop/web'], removedKeys: [] });
    documents.remove(service('web', 8080));
    expect(documents.take()).toMatchObject({ changedKeys: [], removedKeys: ['Service/shop/web'] });
  });

  it('of a kind are those of its list, and no others', () => {
    const documents = new ClusterDocuments();
    documents.replace('Service', [service('a', 80), service('b', 80)]);
    documents.put(route({}));
    documents.take();
    documents.replace('Service', [service('b', 81), service('c', 80)]);
    expect(documents.take()).toMatchObject({
      changedKeys: ['Service/shop/b', 'Service/shop/c'],
      removedKeys: ['Service/shop/a'],
    });
    expect(documents.take().documents.has('HTTPRoute/shop/web')).toBe(true);
  });

  it('may have fields of a newer Kubernetes, which say nothing', () => {
    const documents = new ClusterDocuments();
    documents.put(service('web', 80, { fieldOfTomorrow: { deep: true } }));
    expect(documents.take()).toMatchObject({ changedKeys: ['Service/shop/web'], problems: [] });
  });

  it('that cannot be read keep what they said before, without a place in a file', () => {
    const documents = new ClusterDocuments();
    documents.put(route({}));
    const before = documents.take().documents.get('HTTPRoute/shop/web');
    documents.put(route({ unheardOf: true }));
    const { problems, changedKeys, documents: after } = documents.take();
    expect([changedKeys, after.get('HTTPRoute/shop/web') === before]).toEqual([[], true]);
    expect(problems).toMatchObject([{ code: 'unknown-field', object: 'HTTPRoute shop/web' }]);
    expect(problems[0]).not.toHaveProperty('line');
    documents.put(route({}));
    expect(documents.take().problems).toEqual([]);
  });
});
