// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { Child, findFreePorts, hasApiServer, request, startApiServer, waitFor } from '@weir/testing';
import type { TestApiServer } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const MAIN = fileURLToPath(new URL('../../../../cli/src/main.ts', import.meta.url));
const DEFINITION = new URL('../../../../../charts/weir/crds/rollouts.yaml', import.meta.url);
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const ROLLOUTS = '/apis/weir.dev/v1alpha1/namespaces/shop/rollouts';
const SYSTEM = '/api/v1/namespaces/weir-system';
const SPEC = {
  targetRef: { name: 'cart' },
  revisions: { services: { stable: 'cart-v1', candidate: 'cart-v2' } },
  strategy: { canary: { steps: [{ weight: 20 }, { pause: {} }] } },
};
const NAMES = ['weir-0', 'weir-1'];

interface Replica {
  readonly child: Child;
  readonly api: number;
}

const why = 'skipped where etcd and kube-apiserver are not installed';
describe.skipIf(!hasApiServer())(`Rollouts of replicas in a cluster (${why})`, () => {
  let server: TestApiServer;
  /** The same at all of them, each on an address of its own, as Pods are. */
  let listenPort: number;
  const replicas = new Map<string, Replica>();

  beforeAll(async () => {
    server = await startApiServer();
    await post(CRDS, parse(await readFile(DEFINITION, 'utf8')) as object);
    await waitFor(async () => (await server.call('GET', ROLLOUTS)).status === 200, { what: 'Rollouts', timeoutMs: 60_000 });
    for (const name of ['weir-system', 'shop']) await post('/api/v1/namespaces', { metadata: { name } });
    await post(`${SYSTEM}/serviceaccounts`, { metadata: { name: 'weir-control-plane' } });
    const data = { 'service-type': 'ClusterIP', replicas: '1' };
    await post(`${SYSTEM}/configmaps`, { metadata: { name: 'weir-gateway-defaults' }, data });
    for (const [index, name] of ['cart', 'cart-v1', 'cart-v2'].entries()) await makeService(name, `10.0.0.${index}`);
    await post(ROLLOUTS, { apiVersion: 'weir.dev/v1alpha1', kind: 'Rollout', metadata: { name: 'cart' }, spec: SPEC });
    [listenPort = 0] = await findFreePorts(1);
    for (const name of NAMES) replicas.set(name, await startReplica(name));
  }, 240_000);

  afterAll(async () => {
    for (const { child } of replicas.values()) await child[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
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

  async function startReplica(name: string): Promise<Replica> {
    const ip = `127.0.0.${31 + NAMES.indexOf(name)}`;
    const containers = [{ name: 'control-plane', image: 'weir:1' }];
    await post(`${SYSTEM}/pods`, { metadata: { name }, spec: { serviceAccountName: 'weir-control-plane', containers } });
    const status = { phase: 'Running', podIP: ip, podIPs: [{ ip }] };
    expect(await server.call('PATCH', `${SYSTEM}/pods/${name}/status`, { status })).toMatchObject({ status: 200 });
    const [api = 0, health = 0, webhook = 0] = await findFreePorts(3);
    const place = (flag: string, port: number): string => `--${flag}=127.0.0.1:${port}`;
    const flags = ['--cluster', '--namespace=weir-system', `--pod=${name}`, '--image=weir:1', '--log-format=json'];
    const places = [`--listen=${ip}:${listenPort}`, place('api', api), place('health', health), place('webhook', webhook)];
    const child = new Child([execPath, MAIN, 'control-plane', ...flags, ...places], { env: { KUBECONFIG: server.kubeconfig } });
    await child.sees(/leads|proxies|listen/v, 60_000);
    return { child, api };
  }

  async function leader(): Promise<string> {
    const path = '/apis/coordination.k8s.io/v1/namespaces/weir-system/leases/weir-control-plane';
    const { body } = await server.call('GET', path);
    return (body as { readonly spec?: { readonly holderIdentity?: string } }).spec?.holderIdentity ?? '';
  }

  async function ask(name: string, path: string, method = 'GET'): Promise<{ readonly status: number; readonly body: unknown }> {
    const { body } = await server.call('GET', `${SYSTEM}/secrets/weir-state`);
    const { data } = body as { readonly data: Readonly<Record<string, string>> };
    const token = Buffer.from(data['api-token'] ?? '', 'base64')
      .toString('utf8')
      .trim();
    const port = replicas.get(name)?.api ?? 0;
    const headers = { Authorization: `Bearer ${token}`, Connection: 'close', 'Content-Type': 'application/json' };
    const answer = await request({ port }, `/api/v1/rollouts${path}`, { method, host: '127.0.0.1', headers });
    return { status: answer.status, body: JSON.parse(answer.text) };
  }

  function answers(name: string, path: string, form: object): Promise<unknown> {
    const isMet = async (): Promise<boolean> => {
      expect(await ask(name, path)).toMatchObject(form);
      return true;
    };
    const what = (): string => `${name} to answer\n${[...replicas.values()].map(({ child }) => child.output).join('\n')}`;
    return waitFor(isMet, { what, timeoutMs: 40_000 });
  }

  it('are told by each as by the one that leads, which does what people ask of any', async () => {
    const waiting = { status: 200, body: { name: 'cart', state: { phase: 'Progressing', waitingFor: 'Person' } } };
    for (const name of NAMES) await answers(name, '/shop/cart', waiting);
    const leading = await leader();
    const [other = ''] = NAMES.filter(name => name !== leading);
    expect(await ask(other, '/shop/cart/retry', 'POST')).toMatchObject({ status: 409, body: { title: 'rollout refused' } });
    expect(await ask(other, '/shop/nobody/pause', 'POST')).toMatchObject({ status: 404 });
    expect(await ask(other, '/shop/nobody')).toMatchObject({ status: 404 });
    expect(await ask(other, '/shop/cart/pause', 'POST')).toMatchObject({ status: 200, body: { isAccepted: true } });
    expect((await server.call('GET', `${ROLLOUTS}/cart`)).body).toMatchObject({ status: { paused: { by: 'operator' } } });
  }, 90_000);

  it('are told by the one that is left once it leads, and by nobody until then', async () => {
    const leading = await leader();
    const [other = ''] = NAMES.filter(name => name !== leading);
    await replicas.get(leading)?.child.stop('SIGKILL');
    expect(await ask(other, '')).toMatchObject({ status: 503, body: { title: 'nobody leads' } });
    const paused = { status: 200, body: { state: { phase: 'Progressing', paused: { by: 'operator' } } } };
    await answers(other, '/shop/cart', paused);
    expect(await ask(other, '/shop/cart/abort', 'POST')).toMatchObject({ status: 200, body: { isAccepted: true } });
  }, 90_000);
});
