// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { Child, createTempDirectory, findFreePorts, hasApiServer, startApiServer, waitFor } from '@weir/testing';
import type { TempDirectory, TestApiServer } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const MAIN = fileURLToPath(new URL('../../../../cli/src/main.ts', import.meta.url));
const CHART = new URL('../../../../../charts/weir/', import.meta.url);
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const ROLLOUTS = '/apis/weir.dev/v1alpha1/namespaces/shop/rollouts';
const PODS = '/api/v1/namespaces/weir-system/pods';

const SPEC = {
  targetRef: { name: 'cart' },
  revisions: { services: { stable: 'cart-v1', candidate: 'cart-v2' } },
  strategy: { canary: { steps: [{ weight: 20 }, { pause: {} }] } },
};

const why = 'skipped where etcd and kube-apiserver are not installed';
describe.skipIf(!hasApiServer())(`a Rollout in a cluster (${why})`, () => {
  let server: TestApiServer;
  let directory: TempDirectory;
  const replicas: Child[] = [];

  beforeAll(async () => {
    server = await startApiServer();
    await post(CRDS, parse(await readFile(new URL('crds/rollouts.yaml', CHART), 'utf8')) as object);
    await waitFor(async () => (await server.call('GET', ROLLOUTS)).status === 200, { what: 'Rollouts', timeoutMs: 60_000 });
    for (const name of ['weir-system', 'shop']) await post('/api/v1/namespaces', { metadata: { name } });
    const data = { 'service-type': 'ClusterIP', replicas: '1' };
    await post('/api/v1/namespaces/weir-system/configmaps', { metadata: { name: 'weir-gateway-defaults' }, data });
    for (const [index, name] of ['cart', 'cart-v1', 'cart-v2'].entries()) await makeService(name, `10.0.0.${index}`);
    directory = await createTempDirectory();
    await giveRights();
  }, 240_000);

  afterAll(async () => {
    for (const replica of replicas) await replica[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });

  async function post(path: string, object: object): Promise<void> {
    const { status, body } = await server.call('POST', path, object);
    if (status !== 201) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
  }

  async function makeService(name: string, address: string): Promise<void> {
    await post('/api/v1/namespaces/shop/services', { metadata: { name }, spec: { ports: [{ name: 'http', port: 80 }] } });
    await post('/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices', {
      metadata: { name, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 8080 }],
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
    });
  }

  /** Those of the chart and no others. */
  async function giveRights(): Promise<void> {
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    const metadata = { name: 'weir-control-plane' };
    const subjects = [{ kind: 'ServiceAccount', name: metadata.name, namespace: 'weir-system' }];
    const places = [
      ['ClusterRole', `${rbac}/clusterroles`, `${rbac}/clusterrolebindings`, 'cluster.yaml'],
      ['Role', `${rbac}/namespaces/weir-system/roles`, `${rbac}/namespaces/weir-system/rolebindings`, 'own-namespace.yaml'],
    ] as const;
    for (const [kind, roles, bindings, file] of places) {
      await post(roles, { metadata, rules: parse(await readFile(new URL(`rules/${file}`, CHART), 'utf8')) as unknown });
      const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind, name: metadata.name };
      await post(bindings, { metadata, subjects, roleRef });
    }
    await post('/api/v1/namespaces/weir-system/serviceaccounts', { metadata });
    const asked = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
    const answer = await server.call('POST', '/api/v1/namespaces/weir-system/serviceaccounts/weir-control-plane/token', asked);
    const { token } = (answer.body as { readonly status: { readonly token: string } }).status;
    const config = JSON.parse(await readFile(server.kubeconfig, 'utf8')) as object;
    await directory.write('kubeconfig', JSON.stringify({ ...config, users: [{ name: 'admin', user: { token } }] }));
  }

  async function startReplica(name: string): Promise<Child> {
    const [listen = 0, api = 0, health = 0, webhook = 0] = await findFreePorts(4);
    const containers = [{ name: 'control-plane', image: 'weir:1' }];
    await post(PODS, { metadata: { name }, spec: { serviceAccountName: 'weir-control-plane', containers } });
    const place = (flag: string, port: number): string => `--${flag}=127.0.0.1:${port}`;
    const flags = ['--cluster', '--namespace=weir-system', `--pod=${name}`, '--image=weir:1', '--log-format=json'];
    const places = [place('listen', listen), place('api', api), place('health', health), place('webhook', webhook)];
    const child = new Child([execPath, MAIN, 'control-plane', ...flags, ...places], {
      env: { KUBECONFIG: join(directory.path, 'kubeconfig') },
    });
    replicas.push(child);
    await child.sees(/leads/v, 60_000);
    return child;
  }

  const find = async (path: string): Promise<unknown> => (await server.call('GET', path)).body;

  function meets(path: string, form: object): Promise<unknown> {
    const isMet = async (): Promise<boolean> => {
      expect(await find(path)).toMatchObject(form);
      return true;
    };
    const what = (): string => `${path} to be ${JSON.stringify(form)}\n${replicas.map(({ output }) => output).join('\n')}`;
    return waitFor(isMet, { what, timeoutMs: 40_000 });
  }

  const containing = (...all: readonly object[]) =>
    expect.arrayContaining(all.map(one => expect.objectContaining(one) as unknown)) as unknown;
  const condition = (type: string, status: string, reason: string) => ({ type, status, reason });

  it('is driven by who leads, and goes on from where it stands with the next one', async () => {
    const first = await startReplica('weir-0');
    await post(ROLLOUTS, { apiVersion: 'weir.dev/v1alpha1', kind: 'Rollout', metadata: { name: 'cart' }, spec: SPEC });
    await meets(`${ROLLOUTS}/cart`, {
      status: {
        ...{ phase: 'Progressing', waitingFor: 'Person', stable: 'cart-v1', candidate: 'cart-v2', share: '20 %' },
        split: { stable: 'cart-v1', candidate: 'cart-v2', candidateShare: 2000 },
        conditions: containing(
          condition('Accepted', 'True', 'Accepted'),
          condition('weir.dev/Programmed', 'False', 'NoSubscribers'),
          condition('Progressing', 'True', 'Progressing'),
          condition('Stalled', 'True', 'Person'),
        ),
      },
    });
    const turn = (reason: string) => ({
      reason,
      type: 'Normal',
      regarding: expect.objectContaining({ kind: 'Rollout' }) as unknown,
    });
    await meets('/apis/events.k8s.io/v1/namespaces/shop/events', { items: containing(turn('Started'), turn('StepApplied')) });
    const { status: before } = (await find(`${ROLLOUTS}/cart`)) as { readonly status: { readonly split: object } };

    await first.stop('SIGTERM');
    await startReplica('weir-1');
    await server.call('PATCH', `${ROLLOUTS}/cart`, { spec: { paused: true } });
    await meets(`${ROLLOUTS}/cart`, {
      status: {
        ...{ phase: 'Progressing', paused: { by: 'spec.paused', isWritten: true }, split: before.split },
        conditions: containing(condition('Paused', 'True', 'Written'), condition('Accepted', 'True', 'Accepted')),
      },
    });
    await server.call('PATCH', `${ROLLOUTS}/cart`, {
      spec: { revisions: { services: { candidate: 'cart-v1', stable: 'cart-v2' } } },
    });
    await meets(`${ROLLOUTS}/cart`, { status: { phase: 'Stable', stable: 'cart-v1', share: '0 %' } });
    await meets('/apis/events.k8s.io/v1/namespaces/shop/events', { items: containing({ reason: 'Aborted', type: 'Warning' }) });
    for (const { stderr } of replicas) expect(stderr).not.toMatch(/forbidden/iv);
  }, 180_000);

  it('that cannot be read is told so, and keeps how far it has come', async () => {
    const { status } = (await find(`${ROLLOUTS}/cart`)) as { readonly status: { readonly sequence: number } };
    // An API server takes any number of hours.
    const spec = { ...SPEC, targetRef: { name: 'cart-v2' }, progressDeadline: '9999h' };
    await post(ROLLOUTS, { apiVersion: 'weir.dev/v1alpha1', kind: 'Rollout', metadata: { name: 'wrong' }, spec });
    await meets(`${ROLLOUTS}/wrong`, { status: { conditions: containing(condition('Accepted', 'False', 'Invalid')) } });
    await server.call('PATCH', `${ROLLOUTS}/cart`, { spec: { progressDeadline: '9999h' } });
    await meets('/apis/events.k8s.io/v1/namespaces/shop/events', { items: containing({ reason: 'NotRead', type: 'Warning' }) });
    // Who begins now knows nothing that it said before.
    await replicas.at(-1)?.stop('SIGTERM');
    await startReplica('weir-2');
    await meets(`${ROLLOUTS}/cart`, {
      status: { conditions: containing(condition('Accepted', 'False', 'Invalid'), condition('Progressing', 'False', 'Stable')) },
    });
    expect(await find(`${ROLLOUTS}/cart`)).toMatchObject({ status: { sequence: status.sequence, stable: 'cart-v1' } });
    await server.call('PATCH', `${ROLLOUTS}/cart`, { spec: { progressDeadline: '1h' } });
    await meets(`${ROLLOUTS}/cart`, { status: { conditions: containing(condition('Accepted', 'True', 'Accepted')) } });
    expect(await find(`${ROLLOUTS}/cart`)).toMatchObject({ status: { stable: 'cart-v1' } });
  }, 90_000);
});
