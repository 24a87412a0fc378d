// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import {
  Child,
  createTempDirectory,
  findFreePorts,
  gatewayApiDefinitions,
  hasApiServer,
  startApiServer,
  waitFor,
} from '@weir/testing';
import type { TempDirectory, TestApiServer } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const MAIN = fileURLToPath(new URL('../../../cli/src/main.ts', import.meta.url));
const RULES = new URL('../../../../charts/weir/rules/', import.meta.url);
const ACCESS_POLICIES = new URL('../../../../charts/weir/crds/accesspolicies.yaml', import.meta.url);
const definitions = gatewayApiDefinitions();
const isPossible = hasApiServer() && definitions.length > 0;
const GATEWAY_API = '/apis/gateway.networking.k8s.io/v1';
const POLICIES = '/apis/weir.dev/v1alpha1/namespaces/shop/accesspolicies';
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const NAMES = ['weir-0', 'weir-1', 'weir-2'];
const PODS = '/api/v1/namespaces/weir-system/pods';
const header = (kind: string, name: string) => ({ apiVersion: 'gateway.networking.k8s.io/v1', kind, metadata: { name } });

/** A definition that takes what this version refuses, as one of another version may. */
function uncheckedFrom(definition: object): object {
  return JSON.parse(JSON.stringify(definition, (key, value: unknown) => (CHECKS.has(key) ? undefined : value))) as object;
}
const CHECKS: ReadonlySet<string> = new Set(['x-kubernetes-validations', 'pattern', 'format']);

const why = 'skipped where etcd, kube-apiserver or the definitions of the Gateway API (GATEWAY_API_CRDS) are not there';
describe.skipIf(!isPossible)(`replicas of a control plane in a cluster (${why})`, () => {
  let server: TestApiServer;
  let directory: TempDirectory;
  const replicas = new Map<string, Child>();
  /** The same at all of them, each on an address of its own, as Pods are. */
  let listenPort: number;

  beforeAll(async () => {
    server = await startApiServer();
    for (const one of definitions) await post(CRDS, one);
    await post(CRDS, uncheckedFrom(parse(await readFile(ACCESS_POLICIES, 'utf8')) as object));
    await waitFor(async () => (await server.call('GET', `${GATEWAY_API}/httproutes`)).status === 200, {
      what: 'HTTPRoutes',
      timeoutMs: 60_000,
    });
    await waitFor(async () => (await server.call('GET', `${GATEWAY_API}/gateways`)).status === 200, {
      what: 'Gateways',
      timeoutMs: 60_000,
    });
    for (const name of ['weir-system', 'shop']) await post('/api/v1/namespaces', { metadata: { name } });
    const data = { 'service-type': 'ClusterIP', replicas: '1' };
    await post('/api/v1/namespaces/weir-system/configmaps', { metadata: { name: 'weir-gateway-defaults' }, data });
    await post(`${GATEWAY_API}/gatewayclasses`, {
      ...header('GatewayClass', 'weir'),
      spec: { controllerName: 'weir.dev/gateway-controller' },
    });
    directory = await createTempDirectory();
    await giveRights();
    [listenPort = 0] = await findFreePorts(1);
    await Promise.all(NAMES.slice(0, 2).map(async name => replicas.set(name, await startReplica(name))));
    for (const replica of replicas.values()) await replica.sees(/leads|proxies|listen/v, 60_000);
  }, 240_000);

  afterAll(async () => {
    for (const replica of replicas.values()) await replica[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });

  /** Those of the chart and no others, for a service account as the chart makes it. */
  async function giveRights(): Promise<void> {
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    const metadata = { name: 'weir-control-plane' };
    const subjects = [{ kind: 'ServiceAccount', name: 'weir-control-plane', namespace: 'weir-system' }];
    const rulesOf = async (file: string): Promise<unknown> => parse(await readFile(new URL(file, RULES), 'utf8')) as unknown;
    const bound = (kind: string) => ({
      metadata,
      subjects,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: metadata.name },
    });
    await post(`${rbac}/clusterroles`, { metadata, rules: await rulesOf('cluster.yaml') });
    await post(`${rbac}/clusterrolebindings`, bound('ClusterRole'));
    await post(`${rbac}/namespaces/weir-system/roles`, { metadata, rules: await rulesOf('own-namespace.yaml') });
    await post(`${rbac}/namespaces/weir-system/rolebindings`, bound('Role'));
    await post('/api/v1/namespaces/weir-system/serviceaccounts', { metadata });
    const asked = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
    const answer = await server.call('POST', '/api/v1/namespaces/weir-system/serviceaccounts/weir-control-plane/token', asked);
    const { token } = (answer.body as { readonly status: { readonly token: string } }).status;
    const config = JSON.parse(await readFile(server.kubeconfig, 'utf8')) as object;
    await directory.write('kubeconfig', JSON.stringify({ ...config, users: [{ name: 'admin', user: { token } }] }));
  }

  async function post(path: string, object: object): Promise<void> {
    const { status, body } = await server.call('POST', path, object);
    if (status !== 201) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
  }

  /** As kubelet tells of it; it runs nothing. */
  async function makePod(name: string, ip: string): Promise<void> {
    const containers = [{ name: 'control-plane', image: 'weir:1' }];
    await post(PODS, { metadata: { name }, spec: { serviceAccountName: 'weir-control-plane', containers } });
    const status = { phase: 'Running', podIP: ip, podIPs: [{ ip }] };
    const answer = await server.call('PATCH', `${PODS}/${name}/status`, { status });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer));
  }

  async function startReplica(name: string): Promise<Child> {
    const [api = 0, health = 0, webhook = 0] = await findFreePorts(3);
    const ip = `127.0.0.${21 + NAMES.indexOf(name)}`;
    await makePod(name, ip);
    const place = (flag: string, port: number): string => `--${flag}=127.0.0.1:${port}`;
    const flags = ['--cluster', '--namespace=weir-system', `--pod=${name}`, '--image=weir:1', '--log-format=json'];
    const places = [`--listen=${ip}:${listenPort}`, place('api', api), place('health', health), place('webhook', webhook)];
    return new Child([execPath, MAIN, 'control-plane', ...flags, ...places], {
      env: { KUBECONFIG: join(directory.path, 'kubeconfig') },
    });
  }

  const find = async (path: string): Promise<unknown> => (await server.call('GET', path)).body;

  function meets(path: string, form: object, timeoutMs = 20_000): Promise<unknown> {
    const isMet = async (): Promise<boolean> => {
      expect(await find(path)).toMatchObject(form);
      return true;
    };
    const outputs = (): string => [...replicas.values()].map(({ output }) => output).join('\n');
    return waitFor(isMet, { what: () => `${path} to be ${JSON.stringify(form)}\n${outputs()}`, timeoutMs });
  }

  async function leader(): Promise<string> {
    const lease = (await find('/apis/coordination.k8s.io/v1/namespaces/weir-system/leases/weir-control-plane')) as {
      readonly spec?: { readonly holderIdentity?: string };
    };
    return lease.spec?.holderIdentity ?? '';
  }

  const accepted = (type: string, status: string, reason: string) => ({ type, status, reason });
  const conditions = (...all: readonly object[]) =>
    expect.arrayContaining(all.map(one => expect.objectContaining(one) as unknown)) as unknown;

  it('have one authority, of which one tells namespaces with Gateways', async () => {
    const spec = { gatewayClassName: 'weir', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] };
    await post(`${GATEWAY_API}/namespaces/shop/gateways`, { ...header('Gateway', 'edge'), spec });
    const roots = { data: { 'roots.pem': expect.stringContaining('BEGIN CERTIFICATE') as unknown } };
    await meets('/api/v1/namespaces/shop/configmaps/weir-roots', roots);
    // People's commands look for them beside the control plane.
    await meets('/api/v1/namespaces/weir-system/configmaps/weir-roots', roots);
    const { data } = (await find('/api/v1/namespaces/weir-system/secrets/weir-state')) as { readonly data: object };
    expect(Object.keys(data).filter(name => name.endsWith('.issuer.pem'))).toHaveLength(1);
  }, 60_000);

  it('make what a Gateway needs, and say when it is served', async () => {
    const gateway = `${GATEWAY_API}/namespaces/shop/gateways/edge`;
    const deployment = '/apis/apps/v1/namespaces/shop/deployments/edge-weir';
    await meets(gateway, {
      status: { conditions: conditions(accepted('Accepted', 'True', 'Accepted'), accepted('Programmed', 'False', 'Pending')) },
    });
    await meets(deployment, { spec: { replicas: 1 } });
    await server.call('PATCH', `${deployment}/status`, { status: { replicas: 1, readyReplicas: 1, availableReplicas: 1 } });
    await meets(gateway, { status: { conditions: conditions(accepted('Programmed', 'True', 'Programmed')) } });
    const { spec } = (await find('/api/v1/namespaces/shop/services/edge-weir')) as {
      readonly spec: { readonly clusterIP: string };
    };
    await meets(gateway, { status: { addresses: [{ type: 'IPAddress', value: spec.clusterIP }] } });
    await meets(`${GATEWAY_API}/gatewayclasses/weir`, {
      status: {
        conditions: conditions(accepted('Accepted', 'True', 'Accepted')),
        supportedFeatures: conditions({ name: 'HTTPRoute' }),
      },
    });
  }, 60_000);

  it('warn of a Gateway whose place is taken', async () => {
    const account = { metadata: { name: 'taken-weir' } };
    await post('/api/v1/namespaces/shop/serviceaccounts', account);
    const spec = { gatewayClassName: 'weir', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] };
    await post(`${GATEWAY_API}/namespaces/shop/gateways`, { ...header('Gateway', 'taken'), spec });
    const note = "ServiceAccount shop/taken-weir is there, and is not Weir's: remove it";
    await meets('/apis/events.k8s.io/v1/namespaces/shop/events', {
      items: conditions({
        reason: 'NotProvisioned',
        note,
        regarding: expect.objectContaining({ kind: 'Gateway', name: 'taken' }),
      }),
    });
    await meets(`${GATEWAY_API}/namespaces/shop/gateways/taken`, {
      status: { conditions: conditions({ type: 'Programmed', status: 'False', message: note }) },
    });
  }, 60_000);

  it('tell a policy that cannot be read what is wrong with it', async () => {
    const spec = { targetRefs: [{ group: '', kind: 'Service', name: 'cart' }], addresses: { deny: ['10.0.0.0/99'] } };
    const policy = { apiVersion: 'weir.dev/v1alpha1', kind: 'AccessPolicy', metadata: { name: 'wrong' }, spec };
    await post(POLICIES, policy);
    const message =
      'it cannot be read: `spec.addresses.deny[0]` is `10.0.0.0/99`, which is neither an IP address nor a CIDR; write one such as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32; nothing is known of what it said before, and what it guards is answered with 503';
    const told = conditions(
      ...['Accepted', 'Programmed'].map(type => ({ ...accepted(type, 'False', 'Invalid'), message, observedGeneration: 1 })),
    );
    await meets(`${POLICIES}/wrong`, {
      status: { ancestors: [{ ancestorRef: { kind: 'Service', name: 'cart' }, conditions: told }] },
    });
    const right = { ...policy, spec: { ...spec, addresses: { deny: ['10.0.0.0/8'] } } };
    await server.call('PATCH', `${POLICIES}/wrong`, right);
    const missing = conditions({ ...accepted('Accepted', 'False', 'TargetNotFound'), observedGeneration: 2 });
    await meets(`${POLICIES}/wrong`, { status: { ancestors: [{ ancestorRef: { kind: 'Service' }, conditions: missing }] } });
  }, 60_000);

  it('let nobody past a policy that whoever starts now cannot read', async () => {
    const spec = { parentRefs: [{ name: 'edge' }], rules: [{ backendRefs: [{ name: 'nobody', port: 80 }] }] };
    await post(`${GATEWAY_API}/namespaces/shop/httproutes`, { ...header('HTTPRoute', 'guarded'), spec });
    const targetRefs = [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'guarded' }];
    const metadata = { name: 'of-yesterday' };
    const policy = (deny: string) => ({
      ...{ apiVersion: 'weir.dev/v1alpha1', kind: 'AccessPolicy', metadata },
      spec: { targetRefs, addresses: { deny: [deny] } },
    });
    await post(POLICIES, policy('10.0.0.0/8'));
    const conditionsOf = { status: { ancestors: [{ conditions: conditions(accepted('Accepted', 'True', 'Accepted')) }] } };
    await meets(`${POLICIES}/of-yesterday`, conditionsOf);
    expect(await explained()).not.toContain('policy_unresolved');
    await server.call('PATCH', `${POLICIES}/of-yesterday`, policy('10.0.0.0/99'));
    expect(await explained()).toContain(
      'answered with 503 (policy_unresolved): AccessPolicy shop/of-yesterday: it cannot be evaluated: it cannot be read: `spec.addresses.deny[0]` is `10.0.0.0/99`',
    );
    await server.call('DELETE', `${POLICIES}/of-yesterday`);
    await server.call('DELETE', `${GATEWAY_API}/namespaces/shop/httproutes/guarded`);
  }, 90_000);

  /** By a process that knows nothing from before, as a replica does that starts. */
  async function explained(): Promise<string> {
    const question = ['--gateway=shop/edge', 'GET', 'http://shop.example/'];
    const env = { KUBECONFIG: server.kubeconfig };
    await using child = new Child([execPath, MAIN, 'explain', '--cluster', ...question], { env });
    await child.exited;
    // Its lines are wrapped.
    return child.output.replaceAll(/\s+/gv, ' ');
  }

  it('leave Gateways as they are while parameters of their class are missing', async () => {
    const parametersRef = { group: '', kind: 'ConfigMap', namespace: 'shop', name: 'edges' };
    const spec = { controllerName: 'weir.dev/gateway-controller', parametersRef };
    await server.call('PATCH', `${GATEWAY_API}/gatewayclasses/weir`, { spec });
    const told = { ...accepted('Accepted', 'False', 'InvalidParameters'), message: expect.stringContaining('edges') as unknown };
    await meets(`${GATEWAY_API}/gatewayclasses/weir`, { status: { conditions: conditions(told) } });
    const gateway = `${GATEWAY_API}/namespaces/shop/gateways/edge`;
    await meets(gateway, { status: { conditions: conditions(accepted('Programmed', 'True', 'Programmed')) } });
    await post('/api/v1/namespaces/shop/configmaps', { metadata: { name: 'edges' }, data: { replicas: '3' } });
    await meets('/apis/apps/v1/namespaces/shop/deployments/edge-weir', { spec: { replicas: 3 } });
    await meets(`${GATEWAY_API}/gatewayclasses/weir`, {
      status: { conditions: conditions(accepted('Accepted', 'True', 'Accepted')) },
    });
  }, 60_000);

  it('go on where the one that leads is killed', async () => {
    const first = await leader();
    await replicas.get(first)?.stop('SIGKILL');
    const spec = { parentRefs: [{ name: 'edge' }], rules: [{ backendRefs: [{ name: 'nobody', port: 80 }] }] };
    await post(`${GATEWAY_API}/namespaces/shop/httproutes`, { ...header('HTTPRoute', 'cart'), spec });
    const found = conditions(accepted('Accepted', 'True', 'Accepted'), accepted('ResolvedRefs', 'False', 'BackendNotFound'));
    await meets(`${GATEWAY_API}/namespaces/shop/httproutes/cart`, { status: { parents: [{ conditions: found }] } }, 40_000);
    expect(await leader()).not.toBe(first);
    // Nobody knows what proxies have that may be connected to it, until it is sure to be gone and they have had the time to come.
    const programmed = (reason: string, message: string) => ({
      ...accepted('weir.dev/Programmed', 'False', reason),
      message: expect.stringContaining(message) as unknown,
    });
    const unheard = conditions(programmed('Pending', `replica ${first} does not answer`));
    await meets(`${GATEWAY_API}/namespaces/shop/httproutes/cart`, { status: { parents: [{ conditions: unheard }] } });
    await server.call('DELETE', `${PODS}/${first}?gracePeriodSeconds=0`);
    const heard = conditions(programmed('NoSubscribers', 'no proxy that is connected needs it'));
    await meets(`${GATEWAY_API}/namespaces/shop/httproutes/cart`, { status: { parents: [{ conditions: heard }] } }, 40_000);
  }, 150_000);

  it('write nothing while a GatewayClass names the control plane of another namespace', async () => {
    const path = `${GATEWAY_API}/gatewayclasses/weir`;
    const mark = (namespace: string | null): Promise<unknown> =>
      server.call('PATCH', path, { metadata: { annotations: { 'weir.dev/control-plane-namespace': namespace } } });
    const leading = await leader();
    await mark('other-system');
    await replicas
      .get(leading)
      ?.sees(/control plane of namespace other-system writes .* this one in weir-system does not/v, 20_000);
    const spec = { parentRefs: [{ name: 'edge' }], rules: [{ backendRefs: [{ name: 'nobody', port: 80 }] }] };
    await post(`${GATEWAY_API}/namespaces/shop/httproutes`, { ...header('HTTPRoute', 'late'), spec });
    await mark('weir-system');
    const found = conditions(accepted('Accepted', 'True', 'Accepted'));
    await meets(`${GATEWAY_API}/namespaces/shop/httproutes/late`, { status: { parents: [{ conditions: found }] } });
  }, 60_000);

  it('give the lease back where the one that leads is stopped in order', async () => {
    replicas.set('weir-2', await startReplica('weir-2'));
    await replicas.get('weir-2')?.sees(/leads|proxies|listen/v, 60_000);
    const first = await leader();
    await replicas.get(first)?.stop('SIGTERM');
    await waitFor(async () => (await leader()) === 'weir-2', { what: 'the other one to lead', timeoutMs: 8_000 });
    // Nothing was refused: the rights suffice.
    for (const { stderr } of replicas.values()) expect(stderr).not.toMatch(/forbidden/iv);
  }, 90_000);
});
