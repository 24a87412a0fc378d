// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startClient } from './stage/cluster-client.ts';
import type { ClusterClient } from './stage/cluster-client.ts';
import { tellReport } from './stage/cluster-load.ts';
import { ECHO_HOST, echoRoute, edgeGateway } from './stage/edge-documents.ts';
import type { Manifest } from './stage/manifest.ts';
import { INJECTED } from './stage/mesh-documents.ts';
import { NODE_PROGRAMS, restartNodeProgram, whyNoRestarts } from './stage/node-programs.ts';
import { startPodLoad } from './stage/pod-load.ts';
import type { PodLoad } from './stage/pod-load.ts';
import { isRolledOut } from './stage/rollout.ts';
import { openNamespace } from './stage/test-namespace.ts';
import type { TestNamespace } from './stage/test-namespace.ts';
import type { Trial } from './stage/trial.ts';
import { ensureWeir } from './stage/weir-release.ts';
import { echoBackend } from './stage/workload.ts';

vi.setConfig({ testTimeout: 240_000 });

const NAME = 'e2e-faults';
const noRestarts = whyNoRestarts();
/** No faster than leaves the node something for what is restarted. */
const PACE = { concurrency: 4, pauseMs: 5 };

let mesh: TestNamespace;
let outside: TestNamespace;
let client: ClusterClient;
let address: string;
let edgeLoad: PodLoad;
let meshLoad: PodLoad;

beforeAll(async () => {
  if (noRestarts !== undefined) return;
  await ensureWeir();
  [mesh, outside] = await Promise.all([openNamespace(NAME, INJECTED), openNamespace('e2e-faults-outside')]);
  await mesh.apply(...echoBackend('echo'), edgeGateway(), echoRoute());
  client = await startClient(outside);
  address = await mesh.waitForField('gateway/edge', '{.status.addresses[0].value}');
  await isRolledOut('echo', NAME);
  await askEdge(ECHO_HOST);
  // By its address: what a client does without names is not what is tried here.
  const service = await mesh.kubectl(['get', 'service', 'echo', '--output', 'jsonpath={.spec.clusterIP}']);
  [edgeLoad, meshLoad] = await Promise.all([
    startPodLoad(outside, 'edge-load', { url: `http://${address}/`, host: ECHO_HOST, ...PACE }),
    startPodLoad(mesh, 'mesh-load', { url: `http://${service}/`, ...PACE }),
  ]);
});

afterAll(async () => {
  if (noRestarts !== undefined) return;
  await Promise.all([mesh, outside].map(namespace => namespace[Symbol.asyncDispose]()));
});

describe.skipIf(noRestarts !== undefined)(
  `requests go on, and afterwards changes are served (${noRestarts ?? 'restarts'})`,
  () => {
    it.each(NODE_PROGRAMS)('as %s is restarted', async program => {
      const before = await failuresSoFar();
      await restartNodeProgram(program);
      await changesAreServed(`after-${program}`);
      await Promise.all([edgeLoad.goesOnFor(100), meshLoad.goesOnFor(100)]);
      const after = await failuresSoFar();
      expect(after).toEqual(before);
    });

    it('and none of them fails', async () => {
      const [edge, inMesh] = await Promise.all([edgeLoad.stop(), meshLoad.stop()]);
      tellReport('edge, as the programs of the node were restarted', edge);
      tellReport('mesh, as the programs of the node were restarted', inMesh);
      expect([edge.failed, inMesh.failed, ...edge.examples, ...inMesh.examples]).toEqual([0, 0]);
    });
  },
);

async function failuresSoFar(): Promise<readonly (number | string)[]> {
  const [edge, inMesh] = await Promise.all([edgeLoad.report(), meshLoad.report()]);
  return [edge.failed, ...edge.examples, inMesh.failed, ...inMesh.examples];
}

/** A new Service has an address and a name, a new route leads to it, and its status says so. */
async function changesAreServed(name: string): Promise<void> {
  const host = `${name}.example`;
  const isTaken = (): Promise<boolean> => mesh.apply(newService(name), newRoute(name, host)).then(() => true);
  await waitFor(isTaken, { what: 'new objects to be taken', timeoutMs: 30_000 });
  await askEdge(host);
  await ask({ url: `http://${name}.${NAME}/`, status: 200 });
  const accepted = '{.status.parents[0].conditions[?(@.type=="Accepted")].status}';
  expect(await mesh.waitForField(`httproute/${name}`, accepted)).toBe('True');
}

async function askEdge(host: string): Promise<void> {
  await ask({ url: `http://${address}/`, host, status: 200 });
}

/** Again and again, as a kubelet that has just begun knows no pod in which something could be run. */
async function ask(trial: Trial): Promise<void> {
  await waitFor(() => client.ask(trial), { what: `an answer of ${trial.url}`, timeoutMs: 60_000 });
}

function newService(name: string): Manifest {
  const spec = { selector: { app: 'echo' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec };
}

function newRoute(name: string, host: string): Manifest {
  const route = echoRoute(name);
  return { ...route, metadata: { name }, spec: { ...(route['spec'] as object), hostnames: [host] } };
}
