// SPDX-License-Identifier: Apache-2.0
import { KubeConfig } from '@kubernetes/client-node';
import { createSystemRandom, systemClock } from '@weir/base';
import type { RouteStatus, Status } from '@weir/policy/compile';
import { gatewayApiDefinitions, hasApiServer, startApiServer, waitFor } from '@weir/testing';
import type { TestApiServer } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiConnection } from './api/api-connection.ts';
import { LeaderElection } from './lease/leader-election.ts';
import { ClusterSecrets } from './state/cluster-secrets.ts';
import { StatusWriter } from './status/status-writer.ts';
import { ClusterWriter } from './write/cluster-writer.ts';
import { CONFIG_MAPS } from './write/builtin-resources.ts';

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
    const has = (path: string, form: object): Promise<unknown> =>
      waitFor(
        async () => {
          expect(await specOf(path)).toMatchObject(form);
          return true;
        },
        { what: () => notes.join('\n') },
      );
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
});

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
