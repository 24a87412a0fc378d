// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from 'vitest';
import { ScriptedCluster } from '../scripted-cluster.ts';
import { takeOut } from './uninstall.ts';
import { hasHeldPods, refuseUnderWay } from './found-rollouts.ts';
import { planUninstall, renderPlan } from './uninstall-plan.ts';

const APPS = '/apis/apps/v1/namespaces/shop';
const POLICY = '/apis/weir.dev/v1alpha1/namespaces/shop/accesspolicies/strict';
const WEBHOOK = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/weir-injection';
const CONTROL_PLANE = '/apis/apps/v1/namespaces/weir-system/deployments/weir-control-plane';

let cluster: ScriptedCluster;
let told: string[];
let waited: string[];

const owned = (kind: string, name: string): object => ({
  metadata: { name: `${name}-1`, namespace: 'shop', ownerReferences: [{ kind, name, controller: true }] },
  ...{ spec: {}, status: { phase: 'Running' } },
});
const bare = { metadata: { name: 'alone', namespace: 'shop' }, spec: {}, status: { phase: 'Running' } };
const ended = { metadata: { name: 'ended', namespace: 'shop' }, spec: {}, status: { phase: 'Succeeded' } };

beforeEach(() => {
  cluster = new ScriptedCluster();
  told = [];
  waited = [];
  cluster.objects.set('/api/v1/pods', { items: [owned('ReplicaSet', 'cart-7'), owned('StatefulSet', 'stock'), ended] });
  cluster.objects.set(`${APPS}/replicasets/cart-7`, {
    metadata: { name: 'cart-7', ownerReferences: [{ kind: 'Deployment', name: 'cart', controller: true }] },
  });
  const policy = (name: string, mode: string): object => ({
    metadata: { name, namespace: 'shop' },
    spec: { mutualTls: { mode } },
  });
  cluster.objects.set('/apis/weir.dev/v1alpha1/accesspolicies', {
    items: [policy('strict', 'Strict'), policy('lax', 'Permissive')],
  });
  const gateway = (name: string, gatewayClassName: string): object => ({
    metadata: { name, namespace: 'shop' },
    spec: { gatewayClassName },
  });
  cluster.objects.set('/apis/gateway.networking.k8s.io/v1/gateways', {
    items: [gateway('edge', 'internal'), gateway('other', 'nginx')],
  });
  const gatewayClass = (name: string, controllerName: string): object => ({ metadata: { name }, spec: { controllerName } });
  cluster.objects.set('/apis/gateway.networking.k8s.io/v1/gatewayclasses', {
    items: [gatewayClass('internal', 'weir.dev/gateway-controller'), gatewayClass('nginx', 'nginx.org/gateway')],
  });
  cluster.objects.set(WEBHOOK, {});
  cluster.objects.set(CONTROL_PLANE, {});
  cluster.objects.set('/api/v1/services', { items: [{ metadata: { name: 'edge-weir', namespace: 'shop' } }] });
});

async function run(): Promise<void> {
  await takeOut({
    ...{ cluster, namespace: 'weir-system', plan: await planUninstall(cluster), now: () => '2026-06-01T12:00:00Z' },
    startFollowing: () => () => Promise.resolve(true),
    waitFor: async (what, holds) => {
      waited.push(what);
      // What is restarted has its new pods by then.
      if (what.includes('sidecars')) cluster.objects.set('/api/v1/pods', { items: [bareIsLeft ? bare : ended] });
      expect(await holds()).toBe(true);
    },
    tell: text => void told.push(text),
  });
}
let bareIsLeft = false;

describe('an end of Weir in a cluster', () => {
  beforeEach(() => {
    bareIsLeft = false;
  });

  it('is said before it is done', async () => {
    expect(renderPlan(await planUninstall(cluster))).toBe(
      `Gateways stop serving:
    shop/edge
AccessPolicies admit plaintext (mutualTls Permissive):
    shop/strict
workloads are restarted, and lose their sidecars (2 pods in all):
    Deployment shop/cart
    StatefulSet shop/stock
`,
    );
    expect(renderPlan(await planUninstall(new ScriptedCluster()))).toBe('nothing depends on Weir\n');
    expect(cluster.sent).toEqual([]);
  });

  it('lets callers in plaintext in before there are any, and removes nothing that somebody would make again', async () => {
    await run();
    const restart = {
      spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-06-01T12:00:00Z' } } } },
    };
    expect(cluster.sent).toEqual([
      { request: `PATCH ${POLICY}`, body: { spec: { mutualTls: { mode: 'Permissive' } } } },
      { request: `DELETE ${WEBHOOK}`, body: undefined },
      { request: `PATCH ${APPS}/deployments/cart`, body: restart },
      { request: `PATCH ${APPS}/statefulsets/stock`, body: restart },
      { request: `PATCH ${CONTROL_PLANE}`, body: { spec: { replicas: 0 } } },
      { request: 'DELETE /api/v1/namespaces/shop/services/edge-weir', body: undefined },
    ]);
    expect(waited).toEqual([
      'pods that Rollouts held back to be let go',
      'all proxies to admit plaintext',
      'pods with sidecars to be replaced',
      'the control plane to stop',
    ]);
    expect(told.at(-1)).toBe('1 objects that Weir made are removed');
  });

  it('stops before the control plane does where a pod keeps its sidecar', async () => {
    bareIsLeft = true;
    await expect(run()).rejects.toThrow('these pods have sidecars, and nothing makes them anew: shop/alone; delete them');
    expect(cluster.sent.map(({ request }) => request)).not.toContain(`PATCH ${CONTROL_PLANE}`);
  });

  it('looks for what was made for Gateways, and for the roots: others may have the label that says who manages an object', async () => {
    const asked: string[] = [];
    const read = cluster.read.bind(cluster);
    cluster.read = path => {
      asked.push(decodeURIComponent(path));
      return read(path);
    };
    await run();
    const made = 'labelSelector=app.kubernetes.io/managed-by=weir,gateway.networking.k8s.io/gateway-name';
    expect(asked.filter(path => path.includes('managed-by'))).toEqual([
      `/apis/autoscaling/v2/horizontalpodautoscalers?${made}`,
      `/apis/policy/v1/poddisruptionbudgets?${made}`,
      `/apis/apps/v1/deployments?${made}`,
      `/api/v1/services?${made}`,
      `/api/v1/serviceaccounts?${made}`,
      '/api/v1/configmaps?labelSelector=app.kubernetes.io/managed-by=weir&fieldSelector=metadata.name=weir-roots',
    ]);
  });

  it('can be begun again', async () => {
    await run();
    cluster.sent.length = 0;
    cluster.objects.delete(WEBHOOK);
    cluster.objects.delete(CONTROL_PLANE);
    cluster.objects.delete('/api/v1/services');
    cluster.objects.delete('/apis/weir.dev/v1alpha1/accesspolicies');
    await run();
    expect(cluster.sent).toEqual([]);
  });
});

describe('an end of Weir where there are Rollouts', () => {
  const HOLDING = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/weir-rollouts';
  const ROLLOUT = '/apis/weir.dev/v1alpha1/namespaces/shop/rollouts/cart';
  const rollout = (name: string, revisions: object, phase?: string): object => ({
    ...{ metadata: { name, namespace: 'shop' }, spec: { revisions } },
    ...(phase === undefined ? {} : { status: { phase } }),
  });
  const [deployment, services] = [{ deployment: { name: 'cart-app' } }, { services: { stable: 'a', candidate: 'b' } }];
  const set = (...items: readonly object[]): void => void cluster.objects.set('/apis/weir.dev/v1alpha1/rollouts', { items });

  it('says what becomes of them', async () => {
    set(rollout('cart', deployment, 'Progressing'), rollout('stock', services, 'Aborted'), rollout('mail', services));
    const text = renderPlan(await planUninstall(cluster));
    expect(text).toContain(`Rollouts are under way, and nothing is done without --force:
    shop/cart (Progressing): Deployment cart-app finishes with its new pod template
Rollouts of Deployments are deleted, so that no pod is held back and all serve:
    shop/cart
Rollouts of two Services stay, and divide nothing: the Service sends to whom its selector selects:
    shop/stock
    shop/mail
`);
  });

  it.each([
    [deployment, 'Progressing', true],
    [deployment, 'Aborted', true],
    [deployment, 'Stable', false],
    [deployment, undefined, false],
    [services, 'Keeping', true],
    [services, 'Aborted', false],
  ])('is refused while one is under way: %o %s', async (revisions, phase, isRefused) => {
    set(rollout('cart', revisions, phase));
    const { rollouts } = await planUninstall(cluster);
    const refuse = (): void => refuseUnderWay(rollouts, 'weir uninstall --yes --force');
    if (isRefused) expect(refuse).toThrow(`Rollouts are under way: shop/cart (${phase ?? ''}); promote or abort them first`);
    else expect(refuse).not.toThrow();
  });

  it('lets all pods serve before any is made anew', async () => {
    set(rollout('cart', deployment, 'Stable'), rollout('stock', services, 'Stable'));
    cluster.objects.set(HOLDING, {});
    cluster.objects.set(ROLLOUT, {});
    await run();
    const requests = cluster.sent.map(({ request }) => request);
    expect(requests.slice(0, 3)).toEqual([`DELETE ${HOLDING}`, `DELETE ${ROLLOUT}`, `PATCH ${POLICY}`]);
    expect(waited.slice(0, 2)).toEqual([
      'all proxies to send to all pods of Services with Rollouts',
      'pods that Rollouts held back to be let go',
    ]);
  });

  it.each([
    [[], false],
    [[{ type: 'weir.dev/promoted', status: 'False' }], false],
    [[{ type: 'weir.dev/promoted', status: 'True' }], true],
  ])('waits for pods that are held back: %o', async (conditions, isLetGo) => {
    const held = { spec: { readinessGates: [{ conditionType: 'weir.dev/promoted' }] }, status: { conditions } };
    expect(await hasHeldPods({ read: () => Promise.resolve({ items: [{ spec: {} }, held] }) })).toBe(!isLetGo);
  });
});
