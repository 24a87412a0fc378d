// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@weir/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { echoRoute, edgeGateway } from './stage/edge-documents.ts';
import { isRolledOut } from './stage/rollout.ts';
import { kubectl } from './stage/run-program.ts';
import { openNamespace } from './stage/test-namespace.ts';
import type { TestNamespace } from './stage/test-namespace.ts';
import { ensureWeir, SYSTEM_NAMESPACE, upgradeWeir } from './stage/weir-release.ts';
import { echoBackend } from './stage/workload.ts';

/** That all of them come to one replica of three happens once in 243 times. */
const PROXIES = 6;
const PLACE = ['--namespace', SYSTEM_NAMESPACE];

let namespace: TestNamespace;

beforeAll(async () => {
  await ensureWeir();
  await upgradeWeir('--set', 'controlPlane.replicas=3', '--set', `gateway.replicas=${PROXIES}`);
  await isRolledOut('weir-control-plane', SYSTEM_NAMESPACE);
  namespace = await openNamespace('e2e-replicas');
  await namespace.apply(...echoBackend('echo', { replicas: 1 }), edgeGateway());
  await namespace.hasCondition('gateway/edge', 'Programmed');
  await isRolledOut('edge-weir', namespace.name);
}, 300_000);
afterAll(async () => {
  await namespace[Symbol.asyncDispose]();
  await upgradeWeir();
  await isRolledOut('weir-control-plane', SYSTEM_NAMESPACE);
}, 120_000);

async function leader(): Promise<string> {
  return kubectl([...PLACE, 'get', 'lease', 'weir-control-plane', '--output', 'jsonpath={.spec.holderIdentity}']);
}

/** How many proxies are connected to a replica. */
async function proxiesOf(pod: string): Promise<number> {
  const path = `/api/v1/namespaces/${SYSTEM_NAMESPACE}/pods/${pod}:15021/proxy/metrics`;
  return Number(/^weir_control_plane_proxies (?<count>\d+)$/mv.exec(await kubectl(['get', '--raw', path]))?.groups?.['count']);
}

interface Condition {
  readonly status: string;
  readonly message: string;
  readonly observedGeneration: number;
}

/** `weir.dev/Programmed` of the present generation of the route; undefined = it says nothing of that yet. */
async function programmed(): Promise<Condition | undefined> {
  const route = JSON.parse(await namespace.kubectl(['get', 'httproute/echo', '--output', 'json'])) as {
    readonly metadata: { readonly generation: number };
    readonly status?: {
      readonly parents: readonly { readonly conditions: readonly (Condition & { readonly type: string })[] }[];
    };
  };
  const conditions = route.status?.parents[0]?.conditions ?? [];
  return conditions.find(one => one.type === 'weir.dev/Programmed' && one.observedGeneration === route.metadata.generation);
}

async function isProgrammedEverywhere(): Promise<void> {
  let last: Condition | undefined;
  const isSo = async (): Promise<boolean> => {
    last = await programmed();
    return last?.status === 'True';
  };
  await waitFor(isSo, { what: () => `the route to be programmed: ${JSON.stringify(last)}`, timeoutMs: 90_000 });
  expect(last?.message).toBe(`${PROXIES} of ${PROXIES} proxies have it`);
}

it('counts the proxies of all replicas, also where the one that leads has some of them only', async () => {
  await namespace.apply(echoRoute());
  await isProgrammedEverywhere();
  expect(await proxiesOf(await leader())).toBeLessThan(PROXIES);
}, 120_000);

it('counts them again after the leader is gone, each once wherever it went', async () => {
  await kubectl([...PLACE, 'delete', 'pod', await leader(), '--wait=false']);
  await namespace.apply(...echoBackend('other', { replicas: 1 }), echoRoute('other'));
  await isProgrammedEverywhere();
  await isRolledOut('weir-control-plane', SYSTEM_NAMESPACE);
}, 180_000);
