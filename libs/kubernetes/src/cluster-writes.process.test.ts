// SPDX-License-Identifier: Apache-2.0
import { KubeConfig } from '@kubernetes/client-node';
import { createSystemRandom, systemClock } from '@weir/base';
import type { RouteStatus, Status } from '@weir/policy/compile';
import { gatewayApiDefinitions, hasApiServer, startApiServer, waitFor } from '@weir/testing';
import type { TestApiServer } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GatewayPlan } from './gateways/gateway-plan.ts';
import { GatewayKeeper } from './gateways/gateway-keeper.ts';
import { GATEWAY_RESOURCES } from './gateways/gateway-objects.ts';
import type { ApiResource } from './api/cluster-api.ts';
import { ApiConnection } from './api/api-connection.ts';
import { LeaderElection } from './lease/leader-election.ts';
import { ClusterSecrets } from './state/cluster-secrets.ts';
import { StatusWriter } from './status/status-writer.ts';
import { ClusterWriter } from './write/cluster-writer.ts';
import { AUTOSCALERS, CONFIG_MAPS, DEPLOYMENTS, SERVICES } from './write/builtin-resources.ts';

const definitions = gatewayApiDefinitions();
const isPossible = hasApiServer() && definitions.length > 0;
const PORTS = { clock: systemClock, random: createSystemRandom() };
const ROUTES = '/apis/gateway.networking.k8s.io/v1/namespaces/default/httproutes';
const GATEWAYS = '/apis/gateway.networking.k8s.io/v1/namespaces/default/gateways';
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const signal = new AbortController().signal;

const why = 'skipped where etcd, kube-apiserver or the definitions of the Gateway API (GATEWAY_API_CRDS) are not there';
describe.skipIf(!isPossible)(`what is written into a cluster (${why})`, () => {
  let server: TestApiServer;
  let connection: ApiConnection;
  let writer: ClusterWriter;

  beforeAll(async () => {
    server = await startApiServer();
    for (const one of definitions) expect(await server.call('POST', CRDS, one)).toMatchObject({ status: 201 });
    await waitFor(async () => (await server.call('GET', ROUTES)).status === 200, { what: 'the routes', timeoutMs: 60_000 });
    await waitFor(async () => (await server.call('GET', GATEWAYS)).status === 200, { what: 'the Gateways', timeoutMs: 60_000 });
    const config = new KubeConfig();
    config.loadFromFile(server.kubeconfig);
    connection = new ApiConnection(config);
    writer = new ClusterWriter(connection);
  }, 180_000);

  afterAll(async () => {
    connection.close();
    await server[Symbol.asyncDispose]();
  });

  const specOf = async (path: string): Promise<unknown> => (await server.call('GET', path)).body;

  it('is made, applied, replaced and removed', async () => {
    const place = { resource: CONFIG_MAPS, namespace: 'default', name: 'notes' };
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'notes', namespace: 'default' } };
    expect(await writer.get(place, signal)).toBeUndefined();
    const made = await writer.create(place, { ...object, data: { a: '1' } }, signal);
    await expect(writer.create(place, object, signal)).rejects.toMatchObject({ isConflict: true });
    expect(await writer.apply(place, { ...object, data: { b: '2' } }, signal)).toMatchObject({ data: { a: '1', b: '2' } });
    expect(await writer.apply(place, { ...object, data: { c: '3' } }, signal)).toMatchObject({ data: { a: '1', c: '3' } });
    const { resourceVersion = '' } = made.metadata;
    const stale = { ...object, metadata: { ...object.metadata, resourceVersion } };
    await expect(writer.replace(place, stale, signal)).rejects.toMatchObject({ isConflict: true });
    await writer.remove(place, signal);
    await writer.remove(place, signal);
    expect(await writer.get(place, signal)).toBeUndefined();
  });

  it('is told from a want of rights where its namespace is being removed', async () => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ends' } };
    expect(await server.call('POST', '/api/v1/namespaces', namespace)).toMatchObject({ status: 201 });
    // Without a controller of namespaces it stays one that is being removed.
    await server.call('DELETE', '/api/v1/namespaces/ends');
    const place = { resource: CONFIG_MAPS, namespace: 'ends', name: 'notes' };
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'notes', namespace: 'ends' } };
    await expect(writer.apply(place, object, signal)).rejects.toMatchObject({ status: 403, isInEndingNamespace: true });
    const elsewhere = { ...place, namespace: 'never-made' };
    await expect(writer.apply(elsewhere, object, signal)).rejects.toMatchObject({ isInEndingNamespace: false });
  });

  it('has one maker of a Secret of many that come at once', async () => {
    const open = (): ClusterSecrets => new ClusterSecrets({ writer, namespace: 'default', name: 'weir-state', ...PORTS });
    const start = (index: number): Promise<string> =>
      open().transact(async draft => {
        const found = await draft.read('authority.json');
        if (found === undefined) await draft.write('authority.json', `of ${index}`);
        return found ?? `of ${index}`;
      });
    const found = await Promise.all(Array.from({ length: 6 }, (_, index) => start(index)));
    expect(new Set(found).size).toBe(1);
    await Promise.all(Array.from({ length: 6 }, (_, index) => open().write(`name-${index}`, 'text')));
    expect(await open().names()).toHaveLength(7);
  }, 30_000);

  it('has one leader, and the next one when that stops', async () => {
    const said: string[] = [];
    const join = (identity: string): LeaderElection =>
      new LeaderElection({
        ...{ ...PORTS, writer, namespace: 'default', name: 'weir-control-plane', identity },
        timing: { leaseMs: 3000, renewDeadlineMs: 2000, retryMs: 100 },
        onStartedLeading: () => void said.push(`${identity} started`),
        onStoppedLeading: () => void said.push(`${identity} stopped`),
        onNote: text => void said.push(text),
      });
    const elections = new Map(['a', 'b'].map(identity => [identity, join(identity)]));
    const runs = [...elections.values()].map(election => election.run());
    await waitFor(() => said.length === 1, { what: () => said.join('\n') });
    const [first = ''] = said[0]?.split(' ') ?? [];
    const second = first === 'a' ? 'b' : 'a';
    await elections.get(first)?.stop();
    await waitFor(() => said.length === 3, { what: () => said.join('\n') });
    expect(said).toEqual([`${first} started`, `${first} stopped`, `${second} started`]);
    await elections.get(second)?.stop();
    await Promise.all(runs);
    const path = '/apis/coordination.k8s.io/v1/namespaces/default/leases/weir-control-plane';
    expect(await specOf(path)).not.toHaveProperty('spec.holderIdentity');
  }, 30_000);

  it('is the status of routes and Gateways beside what others say of them', async () => {
    const gateway = { gatewayClassName: 'weir', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] };
    const header = { apiVersion: 'gateway.networking.k8s.io/v1', metadata: { name: 'cart' } };
    await server.call('POST', GATEWAYS, { ...header, kind: 'Gateway', spec: gateway });
    await server.call('POST', ROUTES, { ...header, kind: 'HTTPRoute', spec: { parentRefs: [{ name: 'cart' }] } });
    const other = { ...parentOf('True'), controllerName: 'example.com/other' };
    await server.call('PATCH', `${ROUTES}/cart/status`, { status: { parents: [other] } });
    const statuses = new Map<string, Status>([['HTTPRoute/default/cart', { parents: [parentOf('True')] }]]);
    statuses.set('Gateway/default/cart', gatewayStatus());
    const notes: string[] = [];
    const statusWriter = new StatusWriter({
      ...{ ...PORTS, writer, reader: connection },
      source: { keys: () => statuses.keys(), status: key => statuses.get(key) },
      onNote: text => void notes.push(text),
    });
    const term = new AbortController();
    statusWriter.lead(term.signal);
    const has = (path: string, form: object): Promise<unknown> => meets(() => specOf(path), form);
    await has(`${ROUTES}/cart`, { status: { parents: [other, parentOf('True')] } });
    await has(`${GATEWAYS}/cart`, { status: gatewayStatus() });
    const before = await specOf(`${ROUTES}/cart`);
    // Another leader finds all of it there.
    term.abort();
    const next = new AbortController();
    statusWriter.lead(next.signal);
    statuses.delete('Gateway/default/cart');
    statusWriter.touch();
    await waitFor(async () => !JSON.stringify(await specOf(`${GATEWAYS}/cart`)).includes('AllIsWell'), { what: 'the end of it' });
    expect(await specOf(`${ROUTES}/cart`)).toEqual(before);
    statuses.delete('HTTPRoute/default/cart');
    statusWriter.touch();
    const isAlone = async (): Promise<boolean> => !JSON.stringify(await specOf(`${ROUTES}/cart`)).includes('weir.dev/');
    await waitFor(isAlone, { what: 'the end of it' });
    expect(await specOf(`${ROUTES}/cart`)).toMatchObject({ status: { parents: [other] } });
    next.abort();
    expect(notes).toEqual([]);
  }, 60_000);

  it('is what a Gateway needs, which the strictest Pod Security level admits', async () => {
    const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await server.call('POST', '/api/v1/namespaces', { metadata: { name: 'edge', labels: restricted } });
    const path = '/apis/gateway.networking.k8s.io/v1/namespaces/edge/gateways';
    const spec = { gatewayClassName: 'weir', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] };
    await server.call('POST', path, {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { name: 'www' },
      spec,
    });
    let plan: GatewayPlan = {
      ...{ namespace: 'edge', name: 'www', className: 'weir', objectName: 'www-weir', labels: { team: 'web' }, annotations: {} },
      ports: [{ port: 80, protocol: 'TCP' }],
      ...{ addresses: ['10.96.7.7'], parameters: { serviceType: 'ClusterIP', minReplicas: 2, maxReplicas: 4 } },
    };
    const notes: string[] = [];
    const keeper = new GatewayKeeper({
      ...{ ...PORTS, writer, reader: connection, plans: () => new Map([['edge/www', plan]]) },
      settings: { image: 'weir:1', controlPlane: 'weir-control-plane.weir-system.svc:15010', trustDomain: 'weir.local' },
      onFacts: () => undefined,
      onHindrance: (_, { message }) => void notes.push(message),
      onNote: text => void notes.push(text),
    });
    const term = new AbortController();
    void keeper.lead(term.signal);
    const at = (resource: ApiResource) => ({ resource, namespace: 'edge', name: 'www-weir' });
    const exists = async (resource: ApiResource): Promise<boolean> => (await writer.get(at(resource), signal)) !== undefined;
    await waitFor(() => exists(AUTOSCALERS), { what: () => notes.join('\n') });
    for (const resource of GATEWAY_RESOURCES) expect(await exists(resource)).toBe(true);
    const facts = { addresses: [{ type: 'IPAddress', value: '10.96.7.7' }], hindrance: { reason: 'Pending' } };
    await meets(() => keeper.facts('edge/www'), facts);
    const deployment = await writer.get(at(DEPLOYMENTS), signal);
    const { template } = deployment?.['spec'] as { template: { spec: { containers: readonly { env: readonly object[] }[] } } };
    // There is no controller that would make the account's pods; the account itself is not looked for.
    const pod = { metadata: { name: 'one' }, spec: { ...template.spec, serviceAccountName: undefined } };
    expect(await server.call('POST', '/api/v1/namespaces/edge/pods', pod)).toMatchObject({ status: 201 });

    const variable = { name: 'NODE_EXTRA_CA_CERTS', value: '/roots.pem' };
    const others = {
      ...{ nodeSelector: { pool: 'edge' }, tolerations: [{ key: 'edge', operator: 'Exists' }] },
      imagePullSecrets: [{ name: 'registry' }],
      containers: template.spec.containers.map(one => ({ ...one, env: [...one.env, variable] })),
    };
    await server.call('PATCH', '/apis/apps/v1/namespaces/edge/deployments/www-weir', { spec: { template: { spec: others } } });

    plan = { ...plan, addresses: [], parameters: { serviceType: 'NodePort', replicas: 3 } };
    keeper.touch();
    await waitFor(async () => !(await exists(AUTOSCALERS)), { what: () => notes.join('\n') });
    expect(await writer.get(at(SERVICES), signal)).toMatchObject({ spec: { type: 'NodePort' } });
    const kept = { ...others, containers: [{ env: expect.arrayContaining([variable]) as unknown }] };
    await meets(() => writer.get(at(DEPLOYMENTS), signal), { spec: { replicas: 3, template: { spec: kept } } });
    await writer.remove(at(DEPLOYMENTS), signal);
    await waitFor(() => exists(DEPLOYMENTS), { what: 'the Deployment again' });
    expect(notes).toEqual([]);

    plan = { ...plan, addresses: ['192.0.2.7'] };
    keeper.touch();
    await waitFor(() => notes.join().includes('192.0.2.7'), { what: 'the refusal' });
    expect(keeper.facts('edge/www')?.hindrance).toMatchObject({ reason: 'AddressNotUsable', message: notes[0] });
    term.abort();
  }, 60_000);
});

/** Waits until it is as told. */
function meets(find: () => unknown, form: object): Promise<unknown> {
  const isMet = async (): Promise<boolean> => {
    expect(await find()).toMatchObject(form);
    return true;
  };
  return waitFor(isMet, { what: () => JSON.stringify(form) });
}

const condition = (type: string, status: 'False' | 'True') => ({
  ...{ type, status, reason: 'AllIsWell', message: '', observedGeneration: 1, lastTransitionTime: '2026-01-01T00:00:00Z' },
});

function parentOf(status: 'False' | 'True'): RouteStatus['parents'][number] {
  const parentRef = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'cart' };
  return { parentRef, controllerName: 'weir.dev/gateway-controller', conditions: [condition('Accepted', status)] };
}

function gatewayStatus(): Status {
  const listener = { name: 'http', attachedRoutes: 1, conditions: [condition('Accepted', 'True')] };
  const supportedKinds = [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' as const }];
  return {
    addresses: [{ type: 'IPAddress', value: '192.0.2.1' }],
    conditions: [condition('Accepted', 'True'), condition('Programmed', 'True')],
    listeners: [{ ...listener, supportedKinds }],
    attachedListenerSets: 0,
  };
}
