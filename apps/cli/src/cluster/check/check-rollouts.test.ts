// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { ScriptedCluster } from '../scripted-cluster.ts';
import { checkRollouts } from './check-rollouts.ts';

const ROLLOUTS = '/apis/weir.dev/v1alpha1/rollouts';
const DEPLOYMENT = '/apis/apps/v1/namespaces/shop/deployments/cart';

const rollout = (revisions: object): object => ({ metadata: { name: 'cart', namespace: 'shop' }, spec: { revisions } });
const deployment = (maxSurge: string, maxUnavailable: number): object => ({
  metadata: { name: 'cart' },
  spec: { replicas: 4, strategy: { rollingUpdate: { maxSurge, maxUnavailable } } },
});

function clusterWith(items: readonly object[], found?: object): ScriptedCluster {
  const cluster = new ScriptedCluster();
  cluster.objects.set(ROLLOUTS, { items });
  cluster.objects.set(DEPLOYMENT, found);
  return cluster;
}

describe('a check of the Deployments that Rollouts name', () => {
  it('says nothing where there are none', async () => {
    expect(await checkRollouts(new ScriptedCluster())).toEqual([]);
    const services = rollout({ services: { stable: 'v1', candidate: 'v2' } });
    expect(await checkRollouts(clusterWith([services]))).toEqual([]);
  });

  it('finds them as they are to be, too few Pods, or nothing there', async () => {
    const named = [rollout({ deployment: { name: 'cart' } })];
    expect(await checkRollouts(clusterWith(named, deployment('100%', 0)))).toEqual([
      { check: 'rollouts', state: 'ok', message: '1 Deployments of Rollouts can bring new Pods to all requests', hint: '' },
    ]);
    const [few] = await checkRollouts(clusterWith(named, deployment('25%', 0)));
    expect(few).toMatchObject({ check: 'rollouts', state: 'warning' });
    expect(few?.message).toMatch(/^namespace shop: Deployment cart makes 1 of 4 new Pods .* maxSurge: 100%, maxUnavailable: 0/v);
    const [missing] = await checkRollouts(clusterWith(named));
    expect(missing?.message).toBe('a Rollout of namespace shop names Deployment cart, which is not there');
  });

  it('finds autoscalers that would take Pods away from a new revision', async () => {
    const named = [rollout({ deployment: { name: 'cart' } })];
    const autoscaler = (name: string, spec: object, target = 'cart'): object => ({
      metadata: { name },
      spec: { scaleTargetRef: { kind: 'Deployment', name: target }, ...spec },
    });
    const ofQueue = { metrics: [{ type: 'External' }] };
    const ofCpu = { metrics: [{ type: 'Resource' }] };
    const cluster = clusterWith(named, deployment('100%', 0));
    cluster.objects.set('/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers', {
      items: [
        ...[autoscaler('cpu', ofCpu), autoscaler('unsaid', {}), autoscaler('queue', ofQueue), autoscaler('other', ofCpu, 'pay')],
        autoscaler('grows-only', { ...ofCpu, behavior: { scaleDown: { selectPolicy: 'Disabled' } } }),
      ],
    });
    const found = await checkRollouts(cluster);
    expect(
      found.map(({ state, message }) => [state, /HorizontalPodAutoscaler (?<name>\S+)/v.exec(message)?.groups?.['name']]),
    ).toEqual([
      ['warning', 'cpu'],
      ['warning', 'unsaid'],
    ]);
    expect(found[0]?.hint).toContain('selectPolicy: Disabled');
  });
});
