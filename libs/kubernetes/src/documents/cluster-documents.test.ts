// SPDX-License-Identifier: Apache-2.0
import { createCompiler } from '@weir/policy/compile';
import { createManualClock } from '@weir/testing';
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

const route = (fields: object, spec: object = {}): ClusterObject => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'web', namespace: 'shop', generation: 2 },
  spec: { ...spec, rules: [{ backendRefs: [{ name: 'web', port: 80 }], ...fields }] },
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

  it('have as many ports as an API server lets them have', () => {
    const documents = new ClusterDocuments();
    const ports = Array.from({ length: 500 }, (_, index) => ({ name: `p${index}`, port: 1000 + index, protocol: 'TCP' }));
    documents.put({
      ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: 'sip-1', namespace: 'shop' } },
      ...{ addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.7'] }], ports },
    });
    expect(documents.take()).toMatchObject({ changedKeys: ['EndpointSlice/shop/sip-1'], problems: [] });
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

const GATEWAY_API = 'gateway.networking.k8s.io';
const ON_ROUTE = { targetRefs: [{ group: GATEWAY_API, kind: 'HTTPRoute', name: 'web' }] };

const policy = (spec: object, generation = 1): ClusterObject => ({
  apiVersion: 'weir.dev/v1alpha1',
  kind: 'AccessPolicy',
  metadata: { name: 'people', namespace: 'shop', generation },
  spec,
});

/** The documents of a control plane that has just started, and what they come to for the route that the policy is about. */
function started(...objects: readonly ClusterObject[]) {
  const documents = new ClusterDocuments();
  const listeners = [{ name: 'http', port: 80, protocol: 'HTTP' }];
  const metadata = { name: 'edge', namespace: 'shop' };
  documents.put({ apiVersion: `${GATEWAY_API}/v1`, kind: 'Gateway', metadata, spec: { gatewayClassName: 'weir', listeners } });
  documents.put(route({ name: 'all' }, { parentRefs: [{ name: 'edge' }] }));
  documents.put(service('web', 80));
  for (const object of objects) documents.put(object);
  const compiler = createCompiler({ clock: createManualClock(0), defaultAddresses: ['127.0.0.1'] });
  const compile = () => {
    const { snapshot, statuses, problems } = compiler.update(documents.take().documents);
    const chains = [...snapshot.resources.values()].filter(({ kind }) => kind === 'accessChain').map(({ name }) => name);
    const guard = snapshot.resources.get('access-policy/shop/people');
    return { chains, guard, status: statuses.get('AccessPolicy/shop/people'), problems };
  };
  return { documents, compile };
}

describe('an AccessPolicy that cannot be read, of which nothing is known from before', () => {
  it('refuses what it is attached to, and says so', () => {
    const { chains, guard, status, problems } = started(
      policy({ ...ON_ROUTE, addresses: { deny: ['10.0.0.0/8'], deni: [] } }, 3),
    ).compile();
    const unread = 'it cannot be read: spec.addresses.deni: unknown field `deni` in `spec.addresses`; did you mean `deny`?';
    expect(chains).toEqual(['access/Route:shop/people']);
    expect(guard).toMatchObject({ isShadow: false, unresolved: unread });
    const message = `${unread}; nothing is known of what it said before, and what it guards is answered with 503`;
    const told = { status: 'False', reason: 'Invalid', observedGeneration: 3, message };
    expect(status).toMatchObject({
      ancestors: [
        {
          ancestorRef: { kind: 'Gateway' },
          conditions: [
            { type: 'Accepted', ...told },
            { type: 'Programmed', ...told },
          ],
        },
      ],
    });
    expect(problems).toContainEqual(
      expect.objectContaining({ severity: 'error', code: 'policy-unread', object: 'AccessPolicy shop/people', message }),
    );
  });

  it.each([
    ['that are no list', 'web', 'GatewayNamespace RouteNamespace'],
    ['of which there are none', [], 'GatewayNamespace RouteNamespace'],
    ['that are elsewhere', undefined, 'GatewayNamespace RouteNamespace'],
    [
      'of a kind of tomorrow',
      [...ON_ROUTE.targetRefs, { group: '', kind: 'Moon', name: 'm' }],
      'GatewayNamespace RouteNamespace Route',
    ],
    ['with more than is known', [{ ...ON_ROUTE.targetRefs[0], phase: 'new' }], 'GatewayNamespace RouteNamespace Route'],
    ['of which a part is meant', [{ ...ON_ROUTE.targetRefs[0], sectionName: 'all' }], 'Rule'],
  ])('with targets %s stands for all of its Namespace, unless they can be read', (_, targetRefs, scopes) => {
    const { chains, status } = started(policy({ targetRefs, tomorrow: true })).compile();
    expect(chains).toContain(
      `access/${scopes
        .split(' ')
        .map(scope => `${scope}:shop/people`)
        .join(',')}`,
    );
    const words = '; its targets cannot be read either: it stands for all of Namespace shop; ';
    expect(JSON.stringify(status).includes(words)).toBe(scopes !== 'Rule');
  });

  it('goes on to refuse nothing where it only looks on', () => {
    const { guard } = started(policy({ ...ON_ROUTE, mode: 'Shadow', tomorrow: true })).compile();
    expect(guard).toMatchObject({ isShadow: true });
  });

  it('is read as soon as it can be, and then holds while it cannot be read again', () => {
    const { documents, compile } = started(policy({ ...ON_ROUTE, tomorrow: true }));
    compile();
    documents.put(policy({ ...ON_ROUTE, addresses: { deny: ['10.0.0.0/8'] } }, 2));
    expect(compile()).toMatchObject({ guard: { unresolved: undefined, addresses: { deny: ['10.0.0.0/8'] } } });
    documents.put(policy({ ...ON_ROUTE, tomorrow: true }, 3));
    expect(compile().guard).toMatchObject({ unresolved: undefined });
    documents.remove(policy({}));
    expect(compile()).toMatchObject({ guard: undefined, chains: [] });
  });

  it('refuses what it is attached to now, where it comes to be attached elsewhere', () => {
    const { documents, compile } = started(policy({ targetRefs: [{ group: '', kind: 'Service', name: 'web' }], tomorrow: true }));
    expect(compile().chains).toEqual(['access/Service:shop/people']);
    documents.put(policy({ ...ON_ROUTE, tomorrow: true }, 2));
    expect(compile().chains).toEqual(['access/Route:shop/people']);
  });
});

it('speaks no plaintext where a policy that cannot be read says anything of mutual TLS', () => {
  const documents = new ClusterDocuments();
  documents.put(policy({ ...ON_ROUTE, mutualTls: { mode: 'Stricter' } }));
  expect(documents.take().documents.get('AccessPolicy/shop/people')).toMatchObject({ spec: { mutualTls: { mode: 'Strict' } } });
});

it('calls no backend in plaintext of which a BackendTLSPolicy cannot be read', () => {
  const { documents } = started();
  documents.put({
    apiVersion: `${GATEWAY_API}/v1`,
    kind: 'BackendTLSPolicy',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      targetRefs: [{ group: '', kind: 'Service', name: 'web' }],
      validation: { hostname: 'web', wellKnownCACertificates: 'System', pins: [] },
    },
  });
  const compiler = createCompiler({ clock: createManualClock(0), defaultAddresses: ['127.0.0.1'] });
  const { snapshot, statuses } = compiler.update(documents.take().documents);
  expect(snapshot.resources.get('backend/shop/web/80')).toMatchObject({ tls: { usesSystemAuthorities: false } });
  expect([...snapshot.resources.values()].filter(({ kind }) => kind === 'trustBundle')).toEqual([]);
  expect(JSON.stringify(statuses.get('BackendTLSPolicy/shop/web'))).toMatch(
    /"Invalid".*unknown field `pins`.*calls to its backends fail/v,
  );
});

const SPLIT = { step: '3-a', stable: 'web-v1', candidate: 'web-v2', candidateShare: 2000, mirrorShare: 0 };

const rollout = (spec: object, split: unknown = SPLIT): ClusterObject => ({
  apiVersion: 'weir.dev/v1alpha1',
  kind: 'Rollout',
  metadata: { name: 'web', namespace: 'shop', generation: 2 },
  spec: {
    targetRef: { name: 'web' },
    revisions: { services: { stable: 'web-v1', candidate: 'web-v2' } },
    strategy: { canary: { steps: [{ weight: 20 }, { pause: {} }] } },
    assignment: { cookie: 'session' },
    ...spec,
  },
  status: { phase: 'Progressing', split },
});

describe('a Rollout that cannot be read', () => {
  const find = (documents: ClusterDocuments) => documents.take().documents.get('Rollout/shop/web');

  it('leaves what is in force as it is, also for who knows nothing from before', () => {
    const documents = new ClusterDocuments();
    documents.put(rollout({ strategy: { tomorrow: {} }, fuse: { tomorrow: 1 } }));
    expect(find(documents)).toMatchObject({
      unread: expect.stringContaining('it cannot be read: spec.strategy') as unknown,
      spec: { targetRef: { name: 'web' }, revisions: { services: { stable: 'web-v1' } }, assignment: { cookie: 'session' } },
      status: { split: SPLIT },
    });
    documents.put(rollout({}));
    expect(find(documents)).not.toHaveProperty('unread');
  });

  it('divides requests as its status says, and says of itself what is wrong', () => {
    const { documents } = started(service('web-v1', 80), service('web-v2', 80), rollout({ progressDeadline: '9999h' }));
    const compiler = createCompiler({ clock: createManualClock(0), defaultAddresses: ['127.0.0.1'] });
    const { snapshot, statuses, problems } = compiler.update(documents.take().documents);
    expect(snapshot.resources.get('backend/shop/web/80')).toMatchObject({ split: { step: '3-a', candidateShare: 2000 } });
    expect(statuses.get('Rollout/shop/web')).toMatchObject({
      conditions: [{ type: 'Accepted', status: 'False', reason: 'Invalid' }],
    });
    expect(problems).toContainEqual(expect.objectContaining({ code: 'rollout-unread', object: 'Rollout shop/web' }));
  });

  it('goes on to have in force what its status says, with all else as it was', () => {
    const documents = new ClusterDocuments();
    documents.put(rollout({}));
    const before = find(documents);
    documents.put(rollout({ progressDeadline: '9999h' }));
    expect(find(documents)).toBe(before);
    documents.put(rollout({ progressDeadline: '9999h' }, { ...SPLIT, step: '4-b', candidateShare: 0 }));
    expect(find(documents)).toMatchObject({
      spec: { progressDeadline: '10m' },
      status: { split: { step: '4-b', candidateShare: 0 } },
    });
    documents.put(rollout({ progressDeadline: '9999h' }, { step: 7 }));
    expect(find(documents)).toMatchObject({ status: { split: { step: '4-b' } } });
  });

  it('stands for nothing where nobody can tell what it is about', () => {
    const documents = new ClusterDocuments();
    documents.put(rollout({ targetRef: { tomorrow: 'web' } }));
    expect(find(documents)).toBeUndefined();
  });
});
