// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { ScriptedCluster } from '../scripted-cluster.ts';
import { checkScaledGateways } from './check-scaled-gateways.ts';

const AUTOSCALERS = '/apis/autoscaling/v2/horizontalpodautoscalers';

const autoscaler = (name: string): object => ({ metadata: { name, namespace: 'shop' } });
const pod = (serviceAccountName: string, resources?: object, metadata: object = {}): object => ({
  metadata,
  spec: { serviceAccountName, containers: [{ name: 'gateway', ...(resources === undefined ? {} : { resources }) }] },
});

function clusterWith(autoscalers: readonly object[], pods: readonly object[]): ScriptedCluster {
  const cluster = new ScriptedCluster();
  cluster.objects.set(AUTOSCALERS, { items: autoscalers });
  cluster.objects.set('/api/v1/namespaces/shop/pods', { items: pods });
  return cluster;
}

it('says nothing where no Gateway is scaled, or pods request CPU', async () => {
  expect(await checkScaledGateways(new ScriptedCluster())).toEqual([]);
  expect(await checkScaledGateways(clusterWith([], [pod('edge-weir')]))).toEqual([]);
  expect(await checkScaledGateways(clusterWith([autoscaler('edge-weir')], []))).toEqual([]);
  const asking = [
    pod('edge-weir', { requests: { cpu: '0.1' } }),
    pod('edge-weir', { requests: { cpu: '100m' } }),
    pod('unscaled'),
  ];
  const leaving = pod('edge-weir', {}, { deletionTimestamp: '2026-06-01T12:00:00Z' });
  expect(await checkScaledGateways(clusterWith([autoscaler('edge-weir')], [...asking, leaving]))).toEqual([]);
});

it('names autoscalers of Gateways whose pods request no CPU, each once', async () => {
  const names = ['bare', 'empty', 'memory', 'zero', 'right'];
  const pods = [
    ...[pod('bare'), pod('bare'), pod('empty', {}), pod('memory', { requests: { memory: '160Mi' }, limits: { memory: '1Gi' } })],
    ...[pod('zero', { requests: { cpu: '0m' } }), pod('right', { requests: { cpu: '1' } })],
  ];
  const cluster = clusterWith(names.map(autoscaler), pods);
  const asked: string[] = [];
  const read = (path: string): Promise<unknown> => {
    asked.push(path);
    return cluster.read(path);
  };
  const [found, ...others] = await checkScaledGateways({ read });
  expect(found).toMatchObject({ check: 'gateways', state: 'warning' });
  expect(found?.message).toBe(
    'autoscalers of Gateways do nothing, as their pods request no CPU: shop/bare, shop/empty, shop/memory, shop/zero',
  );
  expect([found?.hint, others]).toEqual([expect.stringContaining('"cpu": "100m"'), []]);
  // What others scale, and pods of others, are none of this.
  const selector = 'app.kubernetes.io/managed-by=weir,gateway.networking.k8s.io/gateway-name';
  expect(asked.map(path => new URLSearchParams(path.split('?')[1]).get('labelSelector'))).toEqual([selector, selector]);
});
