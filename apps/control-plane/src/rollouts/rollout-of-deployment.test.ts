// SPDX-License-Identifier: Apache-2.0
import { createMemorySecrets } from '@weir/identity';
import { documentKey, parseDocuments } from '@weir/policy/documents';
import { createManualClock, createSeededRandom } from '@weir/testing';
import { expect, it } from 'vitest';
import type { ControlPlaneOptions, LoadedDocuments } from '../control-plane-options.ts';
import { createControlPlane } from '../create-control-plane.ts';

const ROUTED = `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: weir }
spec: { controllerName: weir.dev/gateway-controller }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec: { gatewayClassName: weir, listeners: [{ name: http, port: 8080, protocol: HTTP }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: cart, namespace: shop }
spec: { parentRefs: [{ name: edge }], rules: [{ backendRefs: [{ name: cart, port: 80 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: cart, namespace: shop }
spec: { ports: [{ port: 80 }] }
---
apiVersion: weir.dev/v1alpha1
kind: Rollout
metadata: { name: cart, namespace: shop }
spec:
  targetRef: { name: cart }
  revisions: { deployment: { name: cart } }
  strategy: { canary: { steps: [{ weight: 20 }, { pause: {} }] } }
---
apiVersion: v1
kind: Pod
metadata: { name: cart-a, namespace: shop, labels: { pod-template-hash: aaa } }
spec: {}
status: { phase: Running, podIPs: [{ ip: 10.0.1.1 }] }
`;

const HELD = `---
apiVersion: v1
kind: Pod
metadata: { name: cart-b, namespace: shop, labels: { pod-template-hash: bbb }, annotations: { weir.dev/deployment: cart } }
spec: { readinessGates: [{ conditionType: weir.dev/promoted }] }
status: { phase: Running, podIPs: [{ ip: 10.0.2.1 }], conditions: [{ type: ContainersReady, status: 'True' }] }
`;

function slice(...endpoints: readonly string[]): string {
  return `---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: cart-1, namespace: shop, labels: { kubernetes.io/service-name: cart } }
addressType: IPv4
endpoints: [${endpoints.join(', ')}]
ports: [{ port: 3000 }]
`;
}

const FIRST = '{ addresses: [10.0.1.1], targetRef: { kind: Pod, name: cart-a } }';
const SECOND = '{ addresses: [10.0.2.1], conditions: { ready: false }, targetRef: { kind: Pod, name: cart-b } }';

function loaded(text: string): LoadedDocuments {
  const { documents, problems } = parseDocuments(text, 'cluster.yaml');
  expect(problems).toEqual([]);
  const byKey = new Map(documents.map(document => [documentKey(document), document]));
  return { documents: byKey, problems, changedKeys: [], removedKeys: [], ignoredCount: 0 };
}

type Deployments = NonNullable<NonNullable<ControlPlaneOptions['deployments']>['deployments']>;

it('a control plane divides the requests of a Service between the Pods of a Deployment, told by their template', async () => {
  const clock = createManualClock(Date.UTC(2026, 0, 1));
  const revisions = { aaa: { number: 1, replicas: 1 }, bbb: { number: 2, replicas: 1 } };
  const known = { replicas: 1, revisions, isRecreate: false, isFinished: false, isPaused: false };
  let current = 'aaa';
  const deployments: Deployments = (namespace, name) =>
    namespace === 'shop' && name === 'cart' ? { ...known, current } : undefined;
  const { controlPlane } = await createControlPlane({
    ...{ clock, random: createSeededRandom(3), secrets: createMemorySecrets(), hasOwnProxies: true },
    ...{ trustDomain: undefined, leafLifetimeMs: undefined, defaultAddresses: ['::'], allowsPartial: false },
    deployments: { deployments, isHeld: () => true },
    openSource: () => Promise.resolve({ content: loaded(ROUTED + slice(FIRST)), close: () => Promise.resolve() }),
    onEvent: () => undefined,
  });
  await using ending = new AsyncDisposableStack();
  ending.defer(() => controlPlane.close());
  const pass = async (): Promise<void> => {
    for (let look = 0; look < 8; look++) {
      for (let turn = 0; turn < 50; turn++) await Promise.resolve();
      clock.advance(250);
    }
  };
  const backend = (): unknown => controlPlane.current.resources.get('backend/shop/cart/80');
  await pass();
  expect(controlPlane.rollouts.view('shop/cart')?.state).toMatchObject({ phase: 'Stable', stable: 'aaa' });
  expect(backend()).toMatchObject({ endpoints: [{ address: '10.0.1.1' }] });
  expect(backend()).not.toHaveProperty('split');
  current = 'bbb';
  controlPlane.change(loaded(ROUTED + HELD + slice(FIRST, SECOND)));
  await pass();
  expect(backend()).toMatchObject({
    endpoints: [{ address: '10.0.1.1' }],
    split: {
      ...{ stable: { revision: 'aaa', endpoints: [{ address: '10.0.1.1' }] }, candidateShare: 2000 },
      candidate: { revision: 'bbb', endpoints: [{ address: '10.0.2.1' }] },
    },
  });
  expect(controlPlane.rollouts.view('shop/cart')?.deployment).toEqual({
    name: 'cart',
    revisions: [
      { revision: 'aaa', number: 1, ready: 1, wanted: 1 },
      { revision: 'bbb', number: 2, ready: 1, wanted: 1 },
    ],
  });
});
