// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { readDocuments } from './goldens/read-documents.ts';
import { createCompiler } from './index.ts';

const gateway = (namespace: string, more = ''): string => `---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: ${namespace} }
spec:
  gatewayClassName: weir
  listeners: [{ name: http, port: 80, protocol: HTTP }]
  ${more}
`;
const MESH = `---
apiVersion: gateway.networking.x-k8s.io/v1alpha1
kind: XMesh
metadata: { name: mesh }
spec: { controllerName: weir.dev/mesh-controller }
`;

function compile(text: string) {
  const options = { clock: { wallMs: () => 0 }, defaultAddresses: ['0.0.0.0'], hasOwnProxies: true };
  return createCompiler(options).update(readDocuments(text));
}

it('gives Gateways that have proxies of their own the same port, each', () => {
  const { snapshot, problems } = compile(gateway('blue') + gateway('green'));
  expect(problems).toEqual([]);
  expect([...snapshot.resources.keys()].sort()).toEqual([
    ...['gateway/blue/edge', 'gateway/green/edge', 'port/blue/edge/0.0.0.0/80', 'port/green/edge/0.0.0.0/80'],
  ]);
  expect(snapshot.resources.get('gateway/blue/edge')).toEqual({
    ...{ kind: 'gateway', name: 'gateway/blue/edge', identity: 'blue/edge-weir', ports: ['port/blue/edge/0.0.0.0/80'] },
  });
});

it('leaves the addresses of a Gateway to what stands in front of its proxies', () => {
  const { snapshot, statuses } = compile(gateway('blue', 'addresses: [{ value: 192.0.2.1 }]'));
  expect(snapshot.resources.get('port/blue/edge/0.0.0.0/80')).toMatchObject({ address: '0.0.0.0', port: 80 });
  expect(statuses.get('Gateway/blue/edge')).toMatchObject({ conditions: [{ type: 'Accepted', status: 'True' }, {}, {}] });
});

it('has the proxies of each Gateway believed about clients', () => {
  expect(compile(MESH + gateway('blue') + gateway('green')).snapshot.resources.get('mesh-settings')).toMatchObject({
    gateways: ['blue/edge-weir', 'green/edge-weir', 'weir-system/gateway'],
  });
});

it('says that labels and annotations of infrastructure are heeded', () => {
  const text = `---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: weir }
spec: { controllerName: weir.dev/gateway-controller }
`;
  const status = compile(text).statuses.get('GatewayClass//weir');
  expect(status).toHaveProperty('supportedFeatures', expect.arrayContaining([{ name: 'GatewayInfrastructure' }]));
});
