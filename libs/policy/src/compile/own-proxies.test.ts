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
    gateways: ['blue/edge-weir', 'green/edge-weir'],
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

const PARAMETERS = `---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: weir }
spec:
  controllerName: weir.dev/gateway-controller
  parametersRef: { group: "", kind: ConfigMap, namespace: platform, name: edges }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: edges, namespace: platform }
data: { replica: "3" }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: edge, namespace: green }
data: { replicas: three }
`;

it('goes on serving Gateways whose parameters, or those of their class, are wrong: these are about what is made anew', () => {
  const own = 'infrastructure: { parametersRef: { group: "", kind: ConfigMap, name: edge } }';
  const { snapshot, statuses } = compile(PARAMETERS + gateway('blue') + gateway('green', own));
  expect([...snapshot.resources.keys()].sort()).toEqual(
    expect.arrayContaining(['port/blue/edge/0.0.0.0/80', 'port/green/edge/0.0.0.0/80']),
  );
  expect(statuses.get('GatewayClass//weir')).toMatchObject({
    conditions: [
      {
        ...{ type: 'Accepted', status: 'False', reason: 'InvalidParameters' },
        message: 'ConfigMap platform/edges has key `replica`, which says nothing of a Gateway: did you mean `replicas`?',
      },
    ],
  });
  expect(statuses.get('Gateway/blue/edge')).toMatchObject({ conditions: [{ type: 'Accepted', status: 'True' }, {}, {}] });
  expect(statuses.get('Gateway/green/edge')).toMatchObject({
    conditions: [
      {
        ...{ type: 'Accepted', status: 'False', reason: 'InvalidParameters' },
        message:
          'ConfigMap green/edge has replicas `three`: write a whole number from 0 to 1000; what runs for the Gateway stays as it was',
      },
      { type: 'Programmed', status: 'False' },
      {},
    ],
  });
});

it('keeps the port at which its pods say how they are from its listeners, and all others go on', () => {
  const taken = '    - { name: taken, port: 15021, protocol: HTTP }\n    - { name: dns, port: 15021, protocol: UDP }\n';
  const text = gateway('blue').replace(
    '[{ name: http, port: 80, protocol: HTTP }]',
    `\n    - { name: http, port: 80, protocol: HTTP }\n${taken}`,
  );
  const { snapshot, statuses, problems } = compile(text);
  expect([...snapshot.resources.keys()].filter(name => name.startsWith('port/')).sort()).toEqual([
    'port/blue/edge/0.0.0.0/15021/udp',
    'port/blue/edge/0.0.0.0/80',
  ]);
  const message = 'port 15021 belongs to the pods of the Gateway, which say there how they are; write another port';
  expect(statuses.get('Gateway/blue/edge')).toMatchObject({
    listeners: [
      {},
      { conditions: expect.arrayContaining([expect.objectContaining({ reason: 'PortUnavailable', message })]) as unknown },
      {},
    ],
  });
  expect(problems.map(({ code }) => code)).toContain('port-unavailable');
});
