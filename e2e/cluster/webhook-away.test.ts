// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClusterLoad, tellReport } from './stage/cluster-load.ts';
import type { ClusterLoad } from './stage/cluster-load.ts';
import { bringControlPlaneBack, takeControlPlaneAway } from './stage/control-plane.ts';
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

let mesh: TestNamespace;
let load: ClusterLoad;

beforeAll(async () => {
  await ensureWeir();
  mesh = await openNamespace(NAME, INJECTED);
  await mesh.apply(...echoBackend('caller'), ...echoBackend('callee'));
  for (const name of ['caller', 'callee']) await isRolledOut(name, NAME);
  load = await startClusterLoad(mesh, { url: 'http://callee/', concurrency: 2, pauseMs: 5 }, 'deployment/caller');
});

afterAll(async () => {
  await load[Symbol.asyncDispose]();
  await bringControlPlaneBack();
  await mesh[Symbol.asyncDispose]();
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

  it('and calls between pods that were there went on', async () => {
    await load.goesOnFor(100);
    const report = await load.stop();
    tellReport('mesh, while the control plane was away', report);
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
