// SPDX-License-Identifier: Apache-2.0
import { ApiError } from '@weir/kubernetes';
import { beforeEach, describe, expect, it } from 'vitest';
import { createPaint } from '../../terminal/paint.ts';
import { ScriptedCluster } from '../scripted-cluster.ts';
import { checkCluster } from './check-cluster.ts';
import type { ControlPlaneWords } from './check-cluster.ts';
import { renderFindings } from './finding.ts';
import type { Finding } from './finding.ts';

const SYSTEM = '/api/v1/namespaces/weir-system';
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const REGISTRATION = '/apis/admissionregistration.k8s.io/v1';
const HOLDING = `${REGISTRATION}/mutatingwebhookconfigurations/weir-rollouts`;
const ROLLOUTS = '/apis/weir.dev/v1alpha1/rollouts';
const LEASE = '/apis/coordination.k8s.io/v1/namespaces/weir-system/leases/weir-control-plane';
const TRIAL = 'POST /api/v1/namespaces/shop/pods?dryRun=All';
const NOW = Date.parse('2026-06-01T12:00:00Z');
const KINDS = ['gatewayclasses', 'gateways', 'listenersets', 'httproutes', 'grpcroutes', 'tlsroutes', 'tcproutes', 'udproutes'];
const OTHERS = ['backendtlspolicies', 'referencegrants'];

let cluster: ScriptedCluster;
let words: ControlPlaneWords | Error;

const controlPlane = (name: string, isReady = true, image = 'weir:1'): object => ({
  metadata: { name },
  spec: { containers: [{ image }] },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] },
});
const pod = (name: string, image?: string, annotations: object = {}): object => ({
  metadata: { name, annotations, labels: image === undefined ? {} : { 'weir.dev/injected': 'true' } },
  spec: {
    serviceAccountName: 'cart',
    initContainers: image === undefined ? [] : [{ name: 'weir-intercept' }, { name: 'weir-sidecar', image }],
  },
  status: { phase: 'Running' },
});
const gatewayClass = (name: string, owner?: string): object => ({
  metadata: { name, ...(owner === undefined ? {} : { annotations: { 'weir.dev/control-plane-namespace': owner } }) },
  spec: { controllerName: 'weir.dev/gateway-controller' },
});
const webhook = (caBundle?: string): object => ({ webhooks: [{ clientConfig: { caBundle } }] });
const asking = (...deployments: readonly string[]): object => ({
  webhooks: [{ clientConfig: { caBundle: 'Q0E=' }, matchConditions: [{ expression: `x in ${JSON.stringify(deployments)}` }] }],
});
const rollouts = (status: object = {}): object => ({
  items: [{ metadata: { name: 'cart', namespace: 'shop' }, spec: { revisions: { deployment: { name: 'cart' } } }, status }],
});
const labelled = (labels: object = {}): object => ({ items: [{ metadata: { name: 'shop', labels } }] });
const lease = (renewTime: string, holderIdentity = 'one'): object => ({
  spec: { holderIdentity, renewTime, leaseDurationSeconds: 15 },
});

/** A cluster that is fit, with nothing of Weir. */
beforeEach(() => {
  cluster = new ScriptedCluster();
  cluster.timeMs = NOW;
  words = new Error('not installed');
  cluster.objects.set('/version', { gitVersion: 'v1.36.1' });
  const annotations = {
    'gateway.networking.k8s.io/bundle-version': 'v1.6.3',
    'gateway.networking.k8s.io/channel': 'experimental',
  };
  for (const plural of [...KINDS, ...OTHERS]) {
    const name = `${plural}.gateway.networking.k8s.io`;
    cluster.objects.set(`${CRDS}/${name}`, { metadata: { name, annotations } });
  }
  cluster.objects.set(`${CRDS}/xmeshes.gateway.networking.x-k8s.io`, { metadata: { name: 'xmeshes' } });
});

/** Weir in it, and one namespace with a sidecar. */
function install(): void {
  const validTo = '2030-01-01T00:00:00Z';
  words = {
    identity: {
      ...{ trustDomain: 'weir.local', phase: 'Stable', warnings: [], waitingFor: [] },
      roots: [{ fingerprint: 'A', notAfter: validTo, isIssuing: true }],
      issuer: { fingerprint: 'B', notAfter: validTo },
    },
    proxies: ['shop/cart/one'],
    errorCount: 0,
  };
  for (const plural of ['accesspolicies', 'consumers', 'rollouts', 'trafficpolicies']) {
    cluster.objects.set(`${CRDS}/${plural}.weir.dev`, { metadata: { name: `${plural}.weir.dev` } });
  }
  cluster.objects.set(`${SYSTEM}/pods`, { items: [controlPlane('one'), controlPlane('two')] });
  cluster.objects.set(LEASE, lease('2026-06-01T11:59:58Z'));
  cluster.objects.set(`${REGISTRATION}/mutatingwebhookconfigurations/weir-injection`, webhook('Q0E='));
  cluster.objects.set(`${REGISTRATION}/validatingwebhookconfigurations/weir-validation`, webhook('Q0E='));
  cluster.objects.set(HOLDING, { webhooks: [] });
  cluster.objects.set('/apis/apps/v1/namespaces/shop/deployments/cart', {
    metadata: { name: 'cart' },
    spec: { replicas: 2, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '100%', maxUnavailable: 0 } } },
  });
  cluster.objects.set('/api/v1/namespaces', labelled());
  cluster.objects.set('/api/v1/namespaces/shop/pods', { items: [pod('cart-1', 'weir:1')] });
  cluster.answers.set(TRIAL, pod('weir-check-1', 'weir:1'));
}

async function check(): Promise<readonly Finding[]> {
  const ask = (): Promise<ControlPlaneWords> => (words instanceof Error ? Promise.reject(words) : Promise.resolve(words));
  return checkCluster({ cluster, namespace: 'weir-system', nowMs: () => NOW, ask });
}

/** What is not as it should be: state, check and words. */
async function complaints(): Promise<readonly string[]> {
  const findings = await check();
  return findings.filter(({ state }) => state !== 'ok').map(one => `${one.state} ${one.check}: ${one.message}`);
}

describe('a cluster without Weir', () => {
  it('may get it where it is fit for it', async () => {
    expect(await complaints()).toEqual(['warning control-plane: Weir is not installed in namespace weir-system']);
  });

  it.each([
    ['is old', '/version', { gitVersion: 'v1.28.9' }, 'error api-server: the cluster is Kubernetes v1.28.9'],
    ['does not say how old', '/version', { gitVersion: 'v0.0.0-x' }, 'warning api-server: the API server does not say'],
    ['has no Gateway API', `${CRDS}/gateways.gateway.networking.k8s.io`, undefined, 'error gateway-api: the Gateway API is not'],
    ['has a part of it', `${CRDS}/tcproutes.gateway.networking.k8s.io`, undefined, 'without tcproutes.gateway.networking.k8s.io'],
    [
      'has the class of somebody else',
      '/apis/gateway.networking.k8s.io/v1/gatewayclasses/weir',
      { spec: { controllerName: 'example.com/other' } },
      'error gateway-class: the GatewayClass weir is of example.com/other',
    ],
    [
      'forbids sidecars what they need',
      '/api/v1/namespaces',
      labelled({ 'pod-security.kubernetes.io/enforce': 'restricted' }),
      'error pod-security: namespaces with sidecars forbid what those need (NET_ADMIN): shop',
    ],
  ])('is told where it %s', async (_, path, object, message) => {
    cluster.objects.set(path, object);
    expect(await complaints()).toContainEqual(expect.stringContaining(message));
  });

  it('is not for who may not install', async () => {
    cluster.forbidden.add('create clusterroles').add('create secrets');
    expect(await complaints()).toContain('error install-rights: you may not create clusterroles, secrets');
  });

  it('is not asked on where it does not answer', async () => {
    cluster.objects.set('/version', new ApiError(403, { reason: 'Forbidden', message: 'no' }));
    await expect(check()).rejects.toThrow('no');
  });
});

describe('a cluster with Weir', () => {
  beforeEach(install);

  it('is told which kind of Weir it does not know yet', async () => {
    cluster.objects.delete(`${CRDS}/rollouts.weir.dev`);
    expect(await complaints()).toEqual(['warning kinds: the cluster does not know rollouts.weir.dev: nobody can write them']);
  });

  it('has nothing to complain about where all is well', async () => {
    expect(await complaints()).toEqual([]);
    const text = renderFindings(await check(), createPaint(false));
    expect(text).toContain('✓ a new pod in shop gets its sidecar\n');
    expect(text).toContain('✓ its API answers; 1 proxies are connected\n');
  });

  it.each([
    ['a replica is not ready', `${SYSTEM}/pods`, { items: [controlPlane('one'), controlPlane('two', false)] }, 'two (Running)'],
    ['none is', `${SYSTEM}/pods`, { items: [controlPlane('one', false)] }, 'error control-plane: no replica is ready'],
    [
      'replicas differ',
      `${SYSTEM}/pods`,
      { items: [controlPlane('one'), controlPlane('two', true, 'weir:2')] },
      'weir:1, weir:2',
    ],
    [
      'another release is there',
      '/apis/gateway.networking.k8s.io/v1/gatewayclasses',
      { items: [gatewayClass('weir', 'weir-system'), gatewayClass('old', 'weir-old'), gatewayClass('plain')] },
      'error releases: GatewayClasses name the control plane of another namespace: old (weir-old)',
    ],
    ['nobody leads', LEASE, undefined, 'error leader: no replica leads'],
    ['who leads is gone', LEASE, lease('2026-06-01T11:58:00Z'), 'one leads, and has not said so for 120 s'],
    [
      'a clock is ahead',
      LEASE,
      lease('2026-06-01T12:00:30Z'),
      'error clocks: the clock of the control plane’s node is 30 s ahead',
    ],
    [
      'API servers do not believe the webhook',
      `${REGISTRATION}/mutatingwebhookconfigurations/weir-injection`,
      webhook(),
      'error injection-webhook: mutatingwebhookconfigurations/weir-injection has no caBundle',
    ],
    [
      'a Gateway lacks pods',
      '/apis/apps/v1/deployments',
      {
        items: [{ metadata: { name: 'edge-weir', namespace: 'shop' }, spec: { replicas: 2 }, status: { availableReplicas: 1 } }],
      },
      'warning gateways: Deployments of Gateways have too few pods: shop/edge-weir 1/2',
    ],
    ['a pod has no sidecar', '/api/v1/namespaces/shop/pods', { items: [pod('old')] }, 'have no sidecar: shop/old'],
    [
      'a sidecar is old',
      '/api/v1/namespaces/shop/pods',
      { items: [pod('a', 'weir:0')] },
      'another version than the control plane: shop/a',
    ],
    [
      'a sidecar is not connected',
      '/api/v1/namespaces/shop/pods',
      { items: [pod('a', 'weir:1'), pod('b', 'weir:1')] },
      'warning sidecars-connected: sidecars are not connected: shop/cart 1/2',
    ],
  ])('is told where %s', async (_, path, object, message) => {
    cluster.objects.set(path, object);
    expect(await complaints()).toContainEqual(expect.stringContaining(message));
  });

  it('is told where a Gateway cannot be scaled', async () => {
    const metadata = { name: 'edge-weir', namespace: 'edge' };
    cluster.objects.set('/apis/autoscaling/v2/horizontalpodautoscalers', { items: [{ metadata }] });
    cluster.objects.set('/api/v1/namespaces/edge/pods', {
      items: [{ metadata, spec: { serviceAccountName: 'edge-weir', containers: [{ name: 'gateway' }] } }],
    });
    expect(await complaints()).toEqual([
      'warning gateways: autoscalers of Gateways do nothing, as their pods request no CPU: edge/edge-weir',
    ]);
  });

  it('is told where the clock here is another than the API server’s', async () => {
    cluster.timeMs = NOW + 61_000;
    expect(await complaints()).toContain('warning clocks: the clock here is 61 s behind the API server’s');
  });

  it('lets pods be without a sidecar that are not to have one', async () => {
    const legacy = { ...pod('legacy'), spec: { nodeSelector: { 'kubernetes.io/os': 'windows' } } };
    const said = { ...pod('said'), spec: { os: { name: 'windows' } } };
    const fixed = pod('fixed', undefined, { 'kubernetes.io/config.mirror': 'a1' });
    const items = [pod('cart-1', 'weir:1'), pod('plain', undefined, { 'weir.dev/inject': 'false' }), legacy, said, fixed];
    cluster.objects.set('/api/v1/namespaces/shop/pods', { items });
    expect(await complaints()).toEqual([]);
  });

  it.each([
    [pod('weir-check-1'), 'error injection: a new pod in shop gets no sidecar'],
    [
      new ApiError(500, { reason: '', message: 'failed calling webhook' }),
      'a pod in shop cannot be made: failed calling webhook',
    ],
  ])('is told what becomes of a new pod', async (answer, message) => {
    cluster.answers.set(TRIAL, answer);
    expect(await complaints()).toContainEqual(expect.stringContaining(message));
  });

  it('has nothing to complain about where pods of new revisions are held back', async () => {
    cluster.objects.set(ROLLOUTS, rollouts({ stable: 'a7' }));
    cluster.objects.set(HOLDING, asking('edge/door', 'shop/cart'));
    cluster.answers.set(TRIAL, {
      spec: { initContainers: [{ name: 'weir-sidecar' }], readinessGates: [{ conditionType: 'weir.dev/promoted' }] },
    });
    expect(await complaints()).toEqual([]);
    const [, tried] = cluster.sent.filter(({ request }) => request === TRIAL);
    expect(tried?.body).toMatchObject({
      metadata: {
        labels: { 'pod-template-hash': 'weir-check' },
        ownerReferences: [{ kind: 'ReplicaSet', name: 'cart-weir-check', controller: true }],
      },
    });
  });

  it.each([
    [
      'are not asked about',
      {},
      asking('edge/door'),
      'API servers do not ask about pods of these Deployments with Rollouts: shop/cart',
    ],
    ['pass', { stable: 'a7' }, asking('shop/cart'), 'a pod of a new revision of Deployment shop/cart is not held back'],
  ])('is told where pods of a new revision %s', async (_, status, configuration, message) => {
    cluster.objects.set(ROLLOUTS, rollouts(status));
    cluster.objects.set(HOLDING, configuration);
    expect(await complaints()).toEqual([`error holding: ${message}`]);
  });

  it('is told where pods that might have to be held back cannot be made', async () => {
    cluster.objects.set(ROLLOUTS, rollouts({ stable: 'a7' }));
    cluster.objects.set(HOLDING, asking('shop/cart'));
    cluster.answers.set(TRIAL, new ApiError(500, { reason: '', message: 'failed calling webhook' }));
    expect(await complaints()).toContain('error holding: a pod of Deployment shop/cart cannot be made: failed calling webhook');
  });

  it('tries nothing before a stable revision is known', async () => {
    cluster.objects.set(ROLLOUTS, rollouts());
    cluster.objects.set(HOLDING, asking('shop/cart'));
    expect(await complaints()).toEqual([]);
  });

  it('is told that it has no control plane where that was scaled to nothing, and what becomes of pods meanwhile', async () => {
    cluster.objects.set(`${SYSTEM}/pods`, { items: [] });
    cluster.objects.set('/apis/apps/v1/namespaces/weir-system/deployments/weir-control-plane', {});
    cluster.answers.set(TRIAL, new ApiError(500, { reason: '', message: 'failed calling webhook' }));
    words = new Error('no control plane is ready');
    expect(await complaints()).toEqual([
      'error control-plane: the control plane has no pods',
      'error injection: a pod in shop cannot be made: failed calling webhook',
      'error api: its API cannot be asked: no control plane is ready',
    ]);
  });

  it('is told what the control plane says, and that it says nothing', async () => {
    if (words instanceof Error) throw words;
    const issuer = { fingerprint: 'B', notAfter: '2026-06-08T00:00:00Z' };
    words = { ...words, errorCount: 2, identity: { ...words.identity, issuer, warnings: ['the root is old'] } };
    expect(await complaints()).toEqual([
      'warning certificates: the authority of the mesh is good until 2026-06-08T00:00:00Z',
      'warning authority: the root is old',
      'warning documents: objects have 2 errors',
    ]);
    words = new Error('the control plane is not reached');
    expect(await complaints()).toEqual(['error api: its API cannot be asked: the control plane is not reached']);
  });
});
