// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startClient } from './stage/cluster-client.ts';
import { ECHO_HOST, echoRoute, edgeGateway } from './stage/edge-documents.ts';
import type { Manifest } from './stage/manifest.ts';
import { INJECTED } from './stage/mesh-documents.ts';
import { isRolledOut } from './stage/rollout.ts';
import { kubectl } from './stage/run-program.ts';
import { openNamespace } from './stage/test-namespace.ts';
import type { TestNamespace } from './stage/test-namespace.ts';
import { ensureWeir, SYSTEM_NAMESPACE } from './stage/weir-release.ts';
import { clientPod, echoBackend } from './stage/workload.ts';

const NAME = 'e2e-settings';
/** Of the whole cluster. */
const CLASS = 'weir-e2e-settings';
const ASKED = 12;

let namespace: TestNamespace;

beforeAll(async () => {
  await ensureWeir();
  namespace = await openNamespace(NAME, INJECTED);
});

afterAll(async () => {
  await kubectl(['delete', 'gatewayclass', CLASS, '--ignore-not-found']);
  await namespace[Symbol.asyncDispose]();
});

interface Pod {
  readonly spec: { readonly initContainers: readonly { readonly name: string; readonly resources: unknown }[] };
}

it('sidecars get what the ConfigMap of the chart says', async () => {
  const place = ['--namespace', SYSTEM_NAMESPACE, 'get', 'configmap', 'weir-sidecar-defaults', '--output'];
  const said: unknown = JSON.parse(await kubectl([...place, 'jsonpath={.data.resources}']));
  const made = ['create', '--dry-run=server', '--output', 'json', '--filename', '-'];
  const { spec } = JSON.parse(await namespace.kubectl(made, JSON.stringify(clientPod('asked')))) as Pod;
  expect(spec.initContainers.map(({ name }) => name)).toEqual(['weir-intercept', 'weir-sidecar']);
  for (const { resources } of spec.initContainers) expect(resources).toEqual(said);
});

function parameters(data: Readonly<Record<string, string>>): Manifest {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'gateways' }, data };
}

const gatewayClass: Manifest = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'GatewayClass',
  metadata: { name: CLASS },
  spec: {
    controllerName: 'weir.dev/gateway-controller',
    parametersRef: { group: '', kind: 'ConfigMap', namespace: NAME, name: 'gateways' },
  },
};

const accepted = (status: string): string => `{.status.conditions[?(@.type=="Accepted")].status}=${status}`;

it('a class says how its Gateways are run; while that is wrong, what runs goes on, and nothing is made', async () => {
  await namespace.apply(parameters({ 'service-type': 'NodePort', replicas: '1' }), gatewayClass);
  const { spec, ...edge } = edgeGateway();
  const ofClass = { ...(spec as object), gatewayClassName: CLASS };
  await namespace.apply({ ...edge, spec: ofClass }, echoRoute(), ...echoBackend('echo'));
  await namespace.hasCondition('gateway/edge', 'Programmed');
  const typeOf = ['get', 'service', `edge-${CLASS}`, '--output', 'jsonpath={.spec.type}'];
  expect(await namespace.kubectl(typeOf)).toBe('NodePort');

  await namespace.apply(parameters({ 'service-typ': 'ClusterIP' }));
  await kubectl(['wait', `gatewayclass/${CLASS}`, `--for=jsonpath=${accepted('False')}`, '--timeout=30s']);
  await namespace.apply({ ...edge, metadata: { name: 'new' }, spec: ofClass });
  const message = await namespace.waitForField('gateway/new', '{.status.conditions[?(@.reason=="Invalid")].message}');
  expect(message).toContain('has key `service-typ`, which says nothing of a Gateway: did you mean `service-type`?');
  expect(await namespace.kubectl(typeOf)).toBe('NodePort');
  await namespace.hasCondition('gateway/edge', 'Programmed');
  const client = await startClient(namespace);
  const address = await namespace.waitForField('gateway/edge', '{.status.addresses[0].value}');
  expect(await client.ask({ url: `http://${address}/`, host: ECHO_HOST, status: 200 })).toMatchObject({ status: 200 });

  await namespace.apply(parameters({ 'service-type': 'ClusterIP', replicas: '1' }));
  await namespace.kubectl(['wait', `service/edge-${CLASS}`, '--for=jsonpath={.spec.type}=ClusterIP', '--timeout=30s']);
  await namespace.hasCondition('gateway/new', 'Programmed');
});

/** A Service `split` whose endpoints say for which node each is. */
function split(endpoints: readonly { readonly address: string; readonly node: string }[]): readonly Manifest[] {
  const ports = [{ name: 'http', port: 80, targetPort: 8080 }];
  return [
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'split' }, spec: { ports } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'split-1', labels: { 'kubernetes.io/service-name': 'split' } },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 8080 }],
      endpoints: endpoints.map(({ address, node }) => ({ addresses: [address], hints: { forNodes: [{ name: node }] } })),
    },
  ];
}

it('a Gateway calls the endpoints that are for its own node', async () => {
  await using plain = await openNamespace('e2e-topology');
  await plain.apply(...['near', 'far'].flatMap(name => echoBackend(name)), edgeGateway(), echoRoute('split'));
  for (const name of ['near', 'far']) await isRolledOut(name, plain.name);
  await plain.hasCondition('gateway/edge', 'Programmed');
  const first = async (selector: string, path: string): Promise<string> =>
    plain.kubectl(['get', 'pods', '--selector', selector, '--output', `jsonpath={.items[0].${path}}`]);
  const node = await first('gateway.networking.k8s.io/gateway-name=edge', 'spec.nodeName');
  const [near, far] = [await first('app=near', 'status.podIP'), await first('app=far', 'status.podIP')];
  await plain.apply(
    ...split([
      { address: near, node },
      { address: far, node: 'elsewhere' },
    ]),
  );
  const client = await startClient(plain);
  const address = await plain.waitForField('gateway/edge', '{.status.addresses[0].value}');
  const url = `http://${address}/`;
  await client.ask({ url, host: ECHO_HOST, status: 200 });
  const pods = new Set<string>();
  for (let i = 0; i < ASKED; i++) {
    const { body } = await client.ask({ url, host: ECHO_HOST, status: 200 });
    pods.add((JSON.parse(body) as { readonly pod: string }).pod.replace(/-.*/, ''));
  }
  expect([...pods]).toEqual(['near']);
});
