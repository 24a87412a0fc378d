// SPDX-License-Identifier: Apache-2.0
import { KubeConfig } from '@kubernetes/client-node';
import { createSystemRandom, systemClock } from '@weir/base';
import { createMemorySecrets } from '@weir/identity';
import { ApiConnection, createHoldingReader, GateKeeper, HoldConfiguration } from '@weir/kubernetes';
import type { GatedPod } from '@weir/kubernetes';
import { hasApiServer, startApiServer, waitFor } from '@weir/testing';
import type { TestApiServer } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFindDeployment } from '../webhook/find-deployment.ts';
import { startWebhook } from '../webhook/start-webhook.ts';
import type { RunningWebhook } from '../webhook/start-webhook.ts';

const CONFIGURATION = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
const ROLLOUTS = '/apis/weir.dev/v1alpha1/namespaces/shop/rollouts';
const GATED = { spec: { readinessGates: [{ conditionType: 'weir.dev/promoted' }] } };
const PORTS = { clock: systemClock, random: createSystemRandom() };

/** As far as it is needed here. */
const DEFINITION = {
  ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'rollouts.weir.dev' } },
  spec: {
    ...{ group: 'weir.dev', scope: 'Namespaced', names: { kind: 'Rollout', plural: 'rollouts' } },
    versions: [
      {
        ...{ name: 'v1alpha1', served: true, storage: true, subresources: { status: {} } },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

interface MadePod {
  readonly name: string;
  readonly deployment?: string;
  readonly hash?: string;
  readonly kind?: string;
}

/** As a controller makes it. */
function pod({ name, deployment = 'cart', hash, kind = 'ReplicaSet' }: MadePod): object {
  const owner = { apiVersion: 'apps/v1', kind, name: `${deployment}-${hash ?? 'x'}`, uid: 'u', controller: true };
  return {
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: {
      ...{ name, ownerReferences: [owner] },
      ...(hash === undefined ? {} : { labels: { 'pod-template-hash': hash } }),
    },
    spec: { serviceAccountName: 'default', containers: [{ name: 'app', image: 'app:1' }] },
  };
}

describe.skipIf(!hasApiServer())('Pods of a Rollout (skipped where etcd and kube-apiserver are not installed)', () => {
  let server: TestApiServer;
  let connection: ApiConnection;
  let webhook: RunningWebhook;
  let configuration: HoldConfiguration;
  const term = new AbortController();
  /** More than one condition can have. */
  const others = Array.from({ length: 2_000 }, (_, index) => `namespace-${index}/a-deployment-with-a-long-name-${index}`);
  const deployments = new Set(['edge/door', ...others, 'shop/cart', 'shop/my-cart']);
  const notes: string[] = [];
  /** Namespaces of Pods that were asked about. */
  const asked: string[] = [];
  let isAway = false;

  const call: TestApiServer['call'] = (...args) => server.call(...args);
  const make = (made: MadePod, namespace = 'shop'): ReturnType<typeof call> =>
    call('POST', `/api/v1/namespaces/${namespace}/pods`, pod(made));

  async function setStatus(status: object): Promise<void> {
    expect(await call('PATCH', `${ROLLOUTS}/cart/status`, { status })).toMatchObject({ status: 200 });
  }

  beforeAll(async () => {
    server = await startApiServer();
    const config = new KubeConfig();
    config.loadFromFile(server.kubeconfig);
    connection = new ApiConnection(config);
    const read = createHoldingReader(connection);
    webhook = await startWebhook({
      ...{ ...PORTS, at: { address: '127.0.0.1', port: 0 }, names: ['127.0.0.1'], secrets: createMemorySecrets() },
      settings: () => ({ image: 'weir:1', controlPlane: 'cp', trustDomain: 'x', resources: { requests: {}, limits: {} } }),
      namespaceLabels: () => Promise.resolve({}),
      findDeployment: createFindDeployment(connection),
      rolloutsOf: namespace => {
        asked.push(namespace);
        return isAway ? Promise.reject(new Error('no answer')) : read(namespace);
      },
      onNote: text => void notes.push(text),
    });
    expect(await call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', DEFINITION)).toMatchObject({
      status: 201,
    });
    for (const name of ['shop', 'edge', 'other']) await call('POST', '/api/v1/namespaces', { metadata: { name } });
    const metadata = { name: 'weir-rollouts' };
    const body = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration', metadata };
    expect(await call('POST', CONFIGURATION, body)).toMatchObject({ status: 201 });
    configuration = new HoldConfiguration({
      ...{ ...PORTS, connection, deployments: () => deployments, onNote: text => void notes.push(text) },
      clientConfig: () => ({
        url: `https://127.0.0.1:${webhook.at.port}/hold`,
        caBundle: Buffer.from(webhook.caPem()).toString('base64'),
      }),
    });
    configuration.lead(term.signal);
    const isReady = async (): Promise<boolean> =>
      configuration.isHeld('shop', 'cart') && (await call('GET', ROLLOUTS)).status === 200;
    await waitFor(isReady, { what: () => `the webhook\n${notes.join('\n')}`, timeoutMs: 60_000 });
    const spec = { revisions: { deployment: { name: 'cart' } } };
    const rollout = { apiVersion: 'weir.dev/v1alpha1', kind: 'Rollout', metadata: { name: 'cart' }, spec };
    expect(await call('POST', ROLLOUTS, rollout)).toMatchObject({ status: 201 });
    await setStatus({ stable: 'aaa', candidate: 'bbb' });
  }, 180_000);

  afterAll(async () => {
    term.abort();
    connection.close();
    await webhook.stop();
    await server[Symbol.asyncDispose]();
  });

  it('are held back where their revision is not promoted, and pass otherwise', async () => {
    const held = { metadata: { annotations: { 'weir.dev/deployment': 'cart' } }, ...GATED };
    expect(await make({ name: 'new', hash: 'bbb' })).toMatchObject({ status: 201, body: held });
    const { body } = await make({ name: 'stable', hash: 'aaa' });
    expect(body).not.toMatchObject(GATED);
    await setStatus({ openGates: true });
    const late = await make({ name: 'late', hash: 'bbb' });
    expect(late.body).not.toMatchObject(GATED);
    expect(await make({ name: 'third', hash: 'ccc' })).toMatchObject({ status: 201, body: GATED });
    await setStatus({ openGates: false });
    expect(asked).toEqual(['shop', 'shop', 'shop', 'shop']);
  });

  it.each([
    ['of a Deployment without Rollout', { name: 'a', deployment: 'basket', hash: 'bbb' }, 'shop'],
    ['of one whose name ends alike', { name: 'b', deployment: 'go-cart', hash: 'bbb' }, 'shop'],
    ['of the same name elsewhere', { name: 'c', hash: 'bbb' }, 'other'],
    ['of the same name in a namespace of another Rollout', { name: 'd', hash: 'bbb' }, 'edge'],
    ['without hash', { name: 'e' }, 'shop'],
    ['of a Job', { name: 'f', hash: 'bbb', kind: 'Job' }, 'shop'],
  ])('%s are not asked about, so that they need nobody’s answer', async (_, made, namespace) => {
    const before = asked.length;
    isAway = true;
    expect(await make(made, namespace)).toMatchObject({ status: 201 });
    isAway = false;
    expect(asked).toHaveLength(before);
  });

  it('are asked about of each Deployment that is named', async () => {
    const before = asked.length;
    await make({ name: 'g', deployment: 'my-cart', hash: 'bbb' });
    await make({ name: 'h', deployment: 'door', hash: 'bbb' }, 'edge');
    expect(asked.slice(before)).toEqual(['shop', 'edge']);
  });

  it('are not made while nobody knows', async () => {
    isAway = true;
    const { status, body } = await make({ name: 'unknown', hash: 'bbb' });
    isAway = false;
    expect(status).toBe(500);
    expect(JSON.stringify(body)).toContain('failed calling webhook \\"2.rollouts.weir.dev\\"');
  });

  it('are opened without touching what kubelet says of them', async () => {
    const path = '/api/v1/namespaces/shop/pods/new';
    const kubelet = { type: 'ContainersReady', status: 'True' };
    expect(await call('PATCH', `${path}/status`, { status: { conditions: [kubelet] } })).toMatchObject({ status: 200 });
    let gated: readonly GatedPod[] = [{ namespace: 'shop', name: 'new', deployment: 'cart', hash: 'bbb' }];
    const keeper = new GateKeeper({
      ...{ ...PORTS, connection, gated: () => gated, onNote: text => void notes.push(text) },
      rolloutsOf: createHoldingReader(connection),
    });
    keeper.lead(term.signal);
    await setStatus({ openGates: true });
    keeper.touch();
    const conditions = async (): Promise<unknown> =>
      ((await call('GET', path)).body as { readonly status: { readonly conditions: unknown } }).status.conditions;
    const isOpen = async (): Promise<boolean> => JSON.stringify(await conditions()).includes('weir.dev/promoted');
    await waitFor(isOpen, { what: () => `the gate\n${notes.join('\n')}`, timeoutMs: 20_000 });
    const ours = { type: 'weir.dev/promoted', status: 'True', reason: 'Promoted' };
    expect(await conditions()).toMatchObject([ours, kubelet]);
    gated = [];
  });

  it('are asked about by a configuration that is written once, and by none where there is no Rollout', async () => {
    const read = async (): Promise<unknown> => (await call('GET', `${CONFIGURATION}/weir-rollouts`)).body;
    const before = await read();
    const next = new HoldConfiguration({
      ...{ ...PORTS, connection, deployments: () => deployments, onNote: text => void notes.push(text) },
      clientConfig: () => ({
        url: `https://127.0.0.1:${webhook.at.port}/hold`,
        caBundle: Buffer.from(webhook.caPem()).toString('base64'),
      }),
    });
    next.lead(term.signal);
    await waitFor(() => next.isHeld('edge', 'door'), { what: () => 'the next leader', timeoutMs: 20_000 });
    expect(await read()).toEqual(before);
    deployments.clear();
    next.touch();
    const isEmpty = async (): Promise<boolean> => !JSON.stringify(await read()).includes('"name":"rollouts.weir.dev"');
    await waitFor(isEmpty, { what: () => 'an empty configuration', timeoutMs: 20_000 });
    expect(next.isHeld('edge', 'door')).toBe(false);
  });
});
