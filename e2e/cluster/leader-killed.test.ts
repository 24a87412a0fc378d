// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startClient } from './stage/cluster-client.ts';
import type { ClusterClient } from './stage/cluster-client.ts';
import { startClusterLoad, underLoad } from './stage/cluster-load.ts';
import { findLeader, otherLeaderThan } from './stage/control-plane.ts';
import { ECHO_HOST, echoRoute, edgeGateway } from './stage/edge-documents.ts';
import { NodeKiller } from './stage/node-killer.ts';
import { kubectl } from './stage/run-program.ts';
import { openNamespace } from './stage/test-namespace.ts';
import type { TestNamespace } from './stage/test-namespace.ts';
import { ensureWeir, SYSTEM_NAMESPACE, upgradeWeir, weirIsReady } from './stage/weir-release.ts';
import { echoBackend } from './stage/workload.ts';

let namespace: TestNamespace;
let client: ClusterClient;
let address: string;

beforeAll(async () => {
  await ensureWeir();
  // One to lead, and one to take over.
  await upgradeWeir('--set', 'controlPlane.replicas=2');
  await weirIsReady();
  namespace = await openNamespace('e2e-leader');
  await namespace.apply(...echoBackend('echo'), edgeGateway(), echoRoute());
  client = await startClient(namespace);
  address = await namespace.waitForField('gateway/edge', '{.status.addresses[0].value}');
  await askEdge(ECHO_HOST);
});

afterAll(async () => {
  await namespace[Symbol.asyncDispose]();
  await upgradeWeir();
});

it('when who leads is killed and its pod is gone, another one leads once the lease has ended, and writes statuses', async () => {
  const leader = await findLeader();
  const place = { namespace: SYSTEM_NAMESPACE, pod: leader };
  const killer = await NodeKiller.start(namespace, place);
  const plan = { url: `http://${address}/`, host: ECHO_HOST, concurrency: 4 };
  const { failed, examples } = await underLoad('leader killed', {
    load: startClusterLoad(namespace, plan),
    work: async () => {
      const startedMs = performance.now();
      // Killed, it cannot give its lease back; deleted at once, it does not begin again under the same name.
      await killer.kill({ ...place, container: 'control-plane' });
      await kubectl(['delete', 'pod', leader, '--grace-period=0', '--force', '--namespace', SYSTEM_NAMESPACE]);
      // Replicas that do not lead serve proxies all the same.
      await namespace.apply({ ...echoRoute(), metadata: { name: 'meanwhile' } });
      const next = await otherLeaderThan(leader);
      console.log(`another one led after ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
      expect(next).toMatch(/^weir-control-plane-/);
      const accepted = '{.status.parents[0].conditions[?(@.type=="Accepted")].status}';
      expect(await namespace.waitForField('httproute/meanwhile', accepted)).toBe('True');
    },
  });
  expect({ failed, examples }).toEqual({ failed: 0, examples: [] });
});

async function askEdge(host: string): Promise<void> {
  await client.ask({ url: `http://${address}/`, host, status: 200, timeoutMs: 60_000 });
}
