// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClient } from './stage/cluster-client.ts';
import { startClusterLoad, tellReport } from './stage/cluster-load.ts';
import type { ClusterLoad } from './stage/cluster-load.ts';
import { bringControlPlaneBack, takeControlPlaneAway } from './stage/control-plane.ts';
import { ECHO_HOST, echoRoute, edgeGateway } from './stage/edge-documents.ts';
import { INJECTED } from './stage/mesh-documents.ts';
import { isRolledOut } from './stage/rollout.ts';
import { openNamespace } from './stage/test-namespace.ts';
import type { TestNamespace } from './stage/test-namespace.ts';
import { ensureWeir } from './stage/weir-release.ts';
import { clientPod, echoBackend, workloadsOfAllKinds } from './stage/workload.ts';

const NAME = 'e2e-webhook';
const LATE = workloadsOfAllKinds();
/** A ReplicaSet that was refused so often tries again 41 s later; a Job, by then, 20 s later at the least. */
const REFUSALS = 14;
const AT_ONCE_MS = 12_000;
const PACE = { concurrency: 2, pauseMs: 5 };

let mesh: TestNamespace;
let outside: TestNamespace;
const loads = new Map<string, ClusterLoad>();

beforeAll(async () => {
  await ensureWeir();
  [mesh, outside] = await Promise.all([openNamespace(NAME, INJECTED), openNamespace('e2e-webhook-outside')]);
  await mesh.apply(...echoBackend('caller'), ...echoBackend('callee'), edgeGateway(), echoRoute('callee'));
  for (const name of ['caller', 'callee']) await isRolledOut(name, NAME);
  loads.set('mesh', await startClusterLoad(mesh, { url: 'http://callee/', ...PACE }, 'deployment/caller'));
  const url = `http://${await mesh.waitForField('gateway/edge', '{.status.addresses[0].value}')}/`;
  const client = await startClient(outside);
  await client.ask({ url, host: ECHO_HOST, status: 200, timeoutMs: 60_000 });
  loads.set('edge', await startClusterLoad(outside, { url, host: ECHO_HOST, ...PACE }));
});

afterAll(async () => {
  await bringControlPlaneBack();
  await Promise.all([...loads.values(), mesh, outside].map(one => one[Symbol.asyncDispose]()));
});

describe('without anybody who answers at the webhook', () => {
  it('no pod is made that would lack its sidecar', async () => {
    await takeControlPlaneAway();
    await expect(mesh.apply(clientPod('refused'))).rejects.toThrow('failed calling webhook "injection.weir.dev"');
    await mesh.apply(...LATE);
    await waitFor(isRefusedOften, { what: `${REFUSALS} refusals of the ReplicaSet's pod`, timeoutMs: 90_000 });
    expect(await podsOf('late-replicaset,late-statefulset,late-daemonset,late-job')).toBe('');
  });

  it('whoever makes pods has them right after somebody is back, without a change of templates', async () => {
    await bringControlPlaneBack();
    const backMs = performance.now();
    for (const { metadata } of LATE) {
      const leftMs = AT_ONCE_MS - (performance.now() - backMs);
      await waitFor(() => podsOf(metadata.name), { what: `a pod of ${metadata.name}`, timeoutMs: leftMs });
    }
    const took = ((performance.now() - backMs) / 1000).toFixed(1);
    console.log(`the control plane was ready again to all pods made: ${took} s`);
    for (const { kind, metadata } of LATE) {
      const fields = '{.metadata.annotations.weir\\.dev/retried-after} {.metadata.generation}';
      const object = await mesh.kubectl(['get', `${kind}/${metadata.name}`, '--output', `jsonpath=${fields}`]);
      expect(object, kind).toMatch(/^\d{4}-\S+Z 1$/);
    }
  });

  it.each(['edge', 'mesh'])('and requests went on: %s', async what => {
    const load = loads.get(what)!;
    await load.goesOnFor(100);
    const report = await load.stop();
    tellReport(`${what}, while the control plane was away`, report);
    expect([report.failed, ...report.examples]).toEqual([0]);
  });
});

async function isRefusedOften(): Promise<boolean> {
  const chosen = ['--field-selector', 'reason=FailedCreate,involvedObject.kind=ReplicaSet'];
  const counts = await mesh.kubectl(['get', 'events', ...chosen, '--output', 'jsonpath={.items[*].count}']);
  return counts.split(' ').reduce((sum, count) => sum + Number(count), 0) >= REFUSALS;
}

/** Names of pods whose label `app` is one of these. */
function podsOf(apps: string): Promise<string> {
  return mesh.kubectl(['get', 'pods', '--selector', `app in (${apps})`, '--output', 'jsonpath={.items[*].metadata.name}']);
}
