// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClusterClient, startClient } from '../stage/cluster-client.ts';
import { startClusterLoad, tellReport } from '../stage/cluster-load.ts';
import type { ClusterLoad } from '../stage/cluster-load.ts';
import { bringControlPlaneBack, takeControlPlaneAway } from '../stage/control-plane.ts';
import { ECHO_HOST, echoRoute, edgeGateway } from '../stage/edge-documents.ts';
import type { Manifest } from '../stage/manifest.ts';
import { INJECTED } from '../stage/mesh-documents.ts';
import { NodeKiller } from '../stage/node-killer.ts';
import { isRolledOut } from '../stage/rollout.ts';
import { openNamespace } from '../stage/test-namespace.ts';
import type { TestNamespace } from '../stage/test-namespace.ts';
import { ensureWeir } from '../stage/weir-release.ts';
import { echoBackend, workloadsOfAllKinds } from '../stage/workload.ts';

const NAME = 'e2e-outage';
const OUTAGE_MS = 300_000;
const RECOVERY_MS = 30_000;
const PACE = { concurrency: 2, pauseMs: 10 };
const LATE = workloadsOfAllKinds();
/** What is killed meanwhile is not what the loads of before ask: their requests on the way there would be lost with it. */
const SPARE = { gateway: 'spare', workload: 'spare-echo' };
const WORKLOADS = ['caller', 'echo', SPARE.workload];

let mesh: TestNamespace;
let outside: TestNamespace;
let client: ClusterClient;
const loads = new Map<string, ClusterLoad>();

beforeAll(async () => {
  await ensureWeir();
  [mesh, outside] = await Promise.all([openNamespace(NAME, INJECTED), openNamespace('e2e-outage-outside')]);
  await mesh.apply(...WORKLOADS.flatMap(name => echoBackend(name)));
  await mesh.apply(edgeGateway(), echoRoute(), ...spareGateway());
  client = await startClient(outside);
  for (const name of WORKLOADS) await isRolledOut(name, NAME);
  await Promise.all([askEdge('edge'), askEdge(SPARE.gateway)]);
  // What a workload has never called, its sidecar does not know how to call.
  await new ClusterClient(mesh, 'deployment/caller').ask({ url: `http://${SPARE.workload}/`, status: 200 });
  loads.set('edge', await edgeLoad('edge'));
  loads.set('mesh', await meshLoad('echo'));
});

afterAll(async () => {
  await bringControlPlaneBack();
  await Promise.all([mesh, outside].map(namespace => namespace[Symbol.asyncDispose]()));
});

describe(`while the control plane is away for ${OUTAGE_MS / 60_000} minutes, and after it is back`, () => {
  it(
    'a gateway and a sidecar that are killed serve again from what they kept, pods wait, and no request fails',
    async () => {
      await takeControlPlaneAway();
      const startedMs = performance.now();
      await mesh.apply(...LATE);
      await killGateway();
      loads.set('edge, by a gateway that was killed and began again', await edgeLoad(SPARE.gateway));
      await killSidecar();
      await waitFor(() => performance.now() - startedMs >= OUTAGE_MS, { what: 'the outage to last', timeoutMs: OUTAGE_MS + 1 });
      expect(await latePods()).toEqual([]);
      await bringControlPlaneBack();
      await latePodsRun();
      for (const load of loads.values()) await load.goesOnFor(100);
      await expectNoFailures();
    },
    OUTAGE_MS + 240_000,
  );
});

/** All late pods run soon after the control plane is ready. */
async function latePodsRun(): Promise<void> {
  const backMs = performance.now();
  const areThere = async (): Promise<boolean> => (await latePods()).filter(phase => phase === 'Running').length === LATE.length;
  await waitFor(areThere, { what: 'the pods that had to wait', timeoutMs: RECOVERY_MS });
  console.log(`the pods that had to wait ran ${((performance.now() - backMs) / 1000).toFixed(1)} s after it was ready`);
}

async function latePods(): Promise<readonly string[]> {
  const names = LATE.map(({ metadata }) => metadata.name).join(',');
  const words = ['get', 'pods', '--selector', `app in (${names})`, '--output', 'jsonpath={.items[*].status.phase}'];
  return (await mesh.kubectl(words)).split(' ').filter(Boolean);
}

async function expectNoFailures(): Promise<void> {
  for (const [what, load] of loads) {
    const report = await load.stop();
    tellReport(what, report);
    expect([report.failed, ...report.examples], what).toEqual([0]);
  }
}

async function killGateway(): Promise<void> {
  const pod = await podOf(`gateway.networking.k8s.io/gateway-name=${SPARE.gateway}`);
  await killAndWait(pod, 'gateway', 'containerStatuses');
  await askEdge(SPARE.gateway);
}

async function killSidecar(): Promise<void> {
  const pod = await podOf(`app=${SPARE.workload}`);
  await killAndWait(pod, 'weir-sidecar', 'initContainerStatuses');
  loads.set('mesh, to a workload whose sidecar was killed and began again', await meshLoad(SPARE.workload));
}

/** Resolves when what began in its place is ready. */
async function killAndWait(pod: string, container: string, list: string): Promise<void> {
  const killer = await NodeKiller.start(outside, { namespace: NAME, pod });
  await killer.kill({ namespace: NAME, pod, container });
  const path = `jsonpath={.status.${list}[?(@.name=="${container}")]['restartCount','ready']}`;
  const isBack = async (): Promise<boolean> => (await mesh.kubectl(['get', 'pod', pod, '--output', path])) === '1 true';
  await waitFor(isBack, { what: `container ${container} of ${pod} to be ready again`, timeoutMs: 60_000 });
}

function podOf(selector: string): Promise<string> {
  return mesh.kubectl(['get', 'pods', '--selector', selector, '--output', 'jsonpath={.items[0].metadata.name}']);
}

async function edgeLoad(gateway: string): Promise<ClusterLoad> {
  return startClusterLoad(outside, { url: `http://${await addressOf(gateway)}/`, host: ECHO_HOST, ...PACE });
}

function meshLoad(service: string): Promise<ClusterLoad> {
  return startClusterLoad(mesh, { url: `http://${service}/`, ...PACE }, 'deployment/caller');
}

async function askEdge(gateway: string): Promise<void> {
  await client.ask({ url: `http://${await addressOf(gateway)}/`, host: ECHO_HOST, status: 200, timeoutMs: 60_000 });
}

function addressOf(gateway: string): Promise<string> {
  return mesh.waitForField(`gateway/${gateway}`, '{.status.addresses[0].value}');
}

function spareGateway(): readonly Manifest[] {
  const route = echoRoute();
  return [
    { ...edgeGateway(), metadata: { name: SPARE.gateway } },
    {
      ...route,
      metadata: { name: SPARE.gateway },
      spec: { ...(route['spec'] as object), parentRefs: [{ name: SPARE.gateway }] },
    },
  ];
}
