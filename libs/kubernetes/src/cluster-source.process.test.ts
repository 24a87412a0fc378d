// SPDX-License-Identifier: Apache-2.0
import { KubeConfig } from '@kubernetes/client-node';
import { createSystemRandom, systemClock } from '@weir/base';
import { hasApiServer, startApiServer, waitFor } from '@weir/testing';
import type { TestApiServer } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiConnection } from './api/api-connection.ts';
import type { ClusterContent } from './documents/cluster-documents.ts';
import { openClusterSource } from './watch/cluster-source.ts';
import type { ClusterSource } from './watch/cluster-source.ts';

const SERVICES = '/api/v1/namespaces/default/services';

const service = (name: string, port: number): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { ports: [{ port }] },
});

describe.skipIf(!hasApiServer())('a cluster that is followed (skipped where etcd and kube-apiserver are not installed)', () => {
  let server: TestApiServer;
  let connection: ApiConnection;
  let source: ClusterSource;
  const changes: ClusterContent[] = [];
  const reads: ClusterContent['positions'][] = [];
  const notes: string[] = [];

  beforeAll(async () => {
    server = await startApiServer();
    expect(await server.call('POST', SERVICES, service('early', 80))).toMatchObject({ status: 201 });
    const config = new KubeConfig();
    config.loadFromFile(server.kubeconfig);
    connection = new ApiConnection(config);
    source = await openClusterSource({
      ...{ reader: connection, clock: systemClock, random: createSystemRandom() },
      onChange: content => void changes.push(content),
      onRead: positions => void reads.push(positions),
      onNote: text => void notes.push(text),
    });
  }, 180_000);

  afterAll(async () => {
    await source.close();
    connection.close();
    await server[Symbol.asyncDispose]();
  });

  const keys = (): readonly string[] => [...source.content.documents.keys()];
  const has = (key: string): Promise<true> =>
    waitFor(() => keys().includes(key), { what: () => `${key} in ${keys().join(' ')}\n${notes.join('\n')}` });

  it('has what was there before, and no kind that is not installed is missed', () => {
    expect(keys()).toContain('Service/default/early');
    expect(keys()).toContain('Namespace//kube-system');
    expect(source.content.problems).toEqual([]);
  });

  it('tells of what comes, changes and goes', async () => {
    await server.call('POST', SERVICES, service('late', 80));
    await has('Service/default/late');
    await server.call('PATCH', `${SERVICES}/late`, { spec: { ports: [{ port: 80, appProtocol: 'http' }] } });
    const isChanged = (): boolean => changes.at(-1)?.changedKeys.includes('Service/default/late') === true;
    await waitFor(isChanged, { what: 'the change' });
    await server.call('DELETE', `${SERVICES}/late`);
    await waitFor(() => !keys().includes('Service/default/late'), { what: 'the end of it' });
  });

  it('says how far it read where an object becomes no other document', async () => {
    const condition = { type: 'Seen', status: 'True', reason: 'Seen', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' };
    const { body } = await server.call('PATCH', `${SERVICES}/early/status`, { status: { conditions: [condition] } });
    const version = Number((body as { metadata: { resourceVersion: string } }).metadata.resourceVersion);
    const before = changes.length;
    // Where something else changes at the same moment, that is told with it.
    const isRead = (): boolean => (source.content.positions.read['Service'] ?? 0) >= version;
    await waitFor(isRead, { what: () => `position ${version}: ${JSON.stringify(reads.at(-1)?.read)}` });
    expect(changes.slice(before).flatMap(({ changedKeys }) => changedKeys)).not.toContain('Service/default/early');
  });

  it('hears of no Secret that lets who has it into a registry', async () => {
    const secrets = '/api/v1/namespaces/default/secrets';
    const secret = (name: string, type: string, stringData: object): object => ({ metadata: { name }, type, stringData });
    const pull = secret('pull', 'kubernetes.io/dockerconfigjson', { '.dockerconfigjson': '{}' });
    expect(await server.call('POST', secrets, pull)).toMatchObject({ status: 201 });
    expect(await server.call('POST', secrets, secret('later', 'Opaque', { key: 'value' }))).toMatchObject({ status: 201 });
    await has('Secret/default/later');
    expect(keys()).not.toContain('Secret/default/pull');
  });

  it('has of Pods and Nodes what is read, and hears of nothing else', async () => {
    const pods = '/api/v1/namespaces/default/pods';
    const spec = { serviceAccountName: 'cart', containers: [{ name: 'app', image: 'app' }] };
    const labels = { app: 'cart', 'weir.dev/injected': 'true' };
    await server.call('POST', pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'cart', labels }, spec });
    await has('Pod/default/cart');
    const isAt = (ip: string): boolean => JSON.stringify(source.content.documents.get('Pod/default/cart')).includes(ip);
    const report = (podIP: string, message: string): Promise<unknown> =>
      server.call('PATCH', `${pods}/cart/status`, { status: { phase: 'Running', message, podIP, podIPs: [{ ip: podIP }] } });
    await report('10.0.0.7', 'first');
    await waitFor(() => isAt('10.0.0.7'), { what: 'its address' });
    expect(source.content.documents.get('Pod/default/cart')).toMatchObject({
      labels: { 'weir.dev/injected': 'true' },
      spec: { serviceAccountName: 'cart' },
      status: { phase: 'Running', podIPs: [{ ip: '10.0.0.7' }] },
    });
    const kept = source.content.documents.get('Pod/default/cart');
    await report('10.0.0.7', 'second');
    await server.call('POST', pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'later' }, spec });
    await has('Pod/default/later');
    expect(source.content.documents.get('Pod/default/cart')).toBe(kept);
    const node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'one' },
      spec: { podCIDR: '10.244.0.0/24', podCIDRs: ['10.244.0.0/24'] },
    };
    expect(await server.call('POST', '/api/v1/nodes', node)).toMatchObject({ status: 201 });
    await has('Node//one');
  });

  it('goes on after the API server was away, with what it missed', async () => {
    await server.restart();
    await server.call('POST', SERVICES, service('after', 80));
    await waitFor(() => keys().includes('Service/default/after'), { what: () => notes.join('\n'), timeoutMs: 60_000 });
    expect(keys()).toContain('Service/default/early');
  }, 120_000);
});
