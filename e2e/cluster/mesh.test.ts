// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClusterClient, startClient } from './stage/cluster-client.ts';
import { startClusterLoad, underLoad } from './stage/cluster-load.ts';
import type { ClusterLoadReport } from './stage/cluster-load.ts';
import { findLeader, otherLeaderThan } from './stage/control-plane.ts';
import { ECHO_HOST, echoRoute, edgeGateway, retriesOf } from './stage/edge-documents.ts';
import { INJECTED, serviceAccess, strictNamespace } from './stage/mesh-documents.ts';
import { PacketCapture, skipWithoutCapture } from './stage/packet-capture.ts';
import { isRolledOut, restart } from './stage/rollout.ts';
import { kubectl } from './stage/run-program.ts';
import { isLogged } from './stage/sidecar-log.ts';
import { openNamespace } from './stage/test-namespace.ts';
import type { TestNamespace } from './stage/test-namespace.ts';
import { ensureWeir, SYSTEM_NAMESPACE, upgradeWeir, weirIsReady } from './stage/weir-release.ts';
import { clientJob, echoBackend } from './stage/workload.ts';

const NAME = 'e2e-mesh';
const CALLEE = `http://callee.${NAME}/`;
const WORKLOADS = ['caller', 'callee', 'stranger'];

let mesh: TestNamespace;
let outside: TestNamespace;
let caller: ClusterClient;
let stranger: ClusterClient;
/** Without a sidecar. */
let outsider: ClusterClient;
let edge: string;

beforeAll(async () => {
  await ensureWeir();
  // One to lead, and one to take over.
  await upgradeWeir('--set', 'controlPlane.replicas=2');
  await weirIsReady();
  [mesh, outside] = await Promise.all([openNamespace(NAME, INJECTED), openNamespace('e2e-outside')]);
  const workloads = WORKLOADS.flatMap(name => echoBackend(name, { serviceAccount: name }));
  await mesh.apply(...workloads, edgeGateway(), echoRoute('callee'));
  caller = new ClusterClient(mesh, 'deployment/caller');
  stranger = new ClusterClient(mesh, 'deployment/stranger');
  outsider = await startClient(outside);
  for (const name of WORKLOADS) await isRolledOut(name, NAME);
  edge = await mesh.waitForField('gateway/edge', '{.status.addresses[0].value}');
});

afterAll(async () => {
  await Promise.all([mesh, outside].map(namespace => namespace[Symbol.asyncDispose]()));
  await upgradeWeir();
});

describe('between pods with sidecars', () => {
  it('a call by the name of a Service is answered, over mutual TLS: who receives knows who calls', async () => {
    const { body } = await caller.ask({ url: 'http://callee/known', status: 200 });
    expect(JSON.parse(body)).toMatchObject({ pod: expect.stringMatching(/^callee-/), url: '/known' });
    await isLogged(mesh, 'callee', { source_identity: `${NAME}/caller`, path: '/known', status: 200 });
  });

  it('no packet has a byte of a request in plaintext (where packets can be captured)', async ({ skip }) => {
    skipWithoutCapture(skip);
    const [from, to, other] = await Promise.all([addressOf(mesh, 'app=caller'), addressOf(mesh, 'app=callee'), clientAddress()]);
    await using hidden = await PacketCapture.begin(`host ${from} and host ${to}`);
    await using open = await PacketCapture.begin(`host ${other} and host ${to}`);
    const { body } = await caller.ask({ url: 'http://callee/mark-of-the-caller', status: 200 });
    expect(body).toContain('/mark-of-the-caller');
    // Who comes without a sidecar can be read, which shows that a capture would have seen it.
    await outsider.ask({ url: `http://${to}:8080/mark-of-the-outsider`, status: 200 });
    await waitFor(() => open.bytes.includes('mark-of-the-outsider'), { what: 'the request of the outsider' });
    await waitFor(() => hidden.bytes.length > body.length, { what: 'packets between the sidecars' });
    expect(['mark-of-the-caller', 'GET /', 'HTTP/1.1', 'PRI * '].filter(text => hidden.bytes.includes(text))).toEqual([]);
  });

  it('a Job ends when its own container has', async () => {
    await mesh.apply(clientJob('once', { url: 'http://callee/', status: 200 }));
    await mesh.hasCondition('job/once', 'Complete');
  });
});

it('one policy holds at the edge and in the mesh, by who calls and by what is called', async () => {
  const rules = [
    { name: 'caller', action: 'Allow', identities: [`${NAME}/caller`] },
    { name: 'anybody', action: 'Allow', paths: [{ value: '/open' }] },
    { name: 'from-outside', action: 'Allow', identities: [`${NAME}/edge-weir`], paths: [{ value: '/outside' }] },
  ];
  await mesh.apply(serviceAccess('who', 'callee', { authorization: { rules } }));
  await stranger.ask({ url: CALLEE, status: 403 });
  await askEdge('/', 403);
  await caller.ask({ url: CALLEE, status: 200 });
  await stranger.ask({ url: `${CALLEE}open`, status: 200 });
  await askEdge('/open', 200);
  await askEdge('/outside', 200);
  await stranger.ask({ url: `${CALLEE}outside`, status: 403 });
  await isLogged(mesh, 'callee', { source_identity: `${NAME}/stranger`, status: 403 });
  await isLogged(mesh, 'callee', { source_identity: `${NAME}/edge-weir`, path: '/open', status: 200 });
  await mesh.kubectl(['delete', 'accesspolicy', 'who']);
  await Promise.all([stranger.ask({ url: CALLEE, status: 200 }), askEdge('/', 200)]);
});

it('a pod without a sidecar is let in where mutual TLS is permissive and refused where it is strict, and probes go on', async () => {
  await outsider.ask({ url: CALLEE, status: 200 });
  await mesh.apply(strictNamespace(NAME));
  await waitFor(isOutsiderRefused, { what: 'the outsider to be refused', timeoutMs: 30_000 });
  await Promise.all([caller.ask({ url: CALLEE, status: 200 }), askEdge('/', 200)]);
  await isLogged(mesh, 'callee', { fault: 'plaintext_refused' });

  // The kubelet has no certificate: what is ready here was asked by its sidecar.
  await restart('callee', NAME);
  const probe = [
    'get',
    'pods',
    '--selector',
    'app=callee',
    '--output',
    'jsonpath={.items[0].spec.containers[0].readinessProbe.httpGet}',
  ];
  expect(JSON.parse(await mesh.kubectl(probe))).toMatchObject({ path: '/app-health/app/readyz', port: 15_021 });
  await mesh.kubectl(['delete', 'accesspolicy', 'strict']);
  await outsider.ask({ url: CALLEE, status: 200 });
});

describe('under load no call fails', () => {
  it('as the control plane that leads is deleted, and another one brings a new policy', async () => {
    const before = await findLeader();
    const { failed, examples } = await callsUnderLoad('leader deleted', 'callee', async () => {
      await kubectl(['delete', 'pod', before, '--now', '--namespace', SYSTEM_NAMESPACE]);
      await otherLeaderThan(before);
      const rules = [{ name: 'closed', action: 'Deny', paths: [{ value: '/closed' }] }];
      await mesh.apply(serviceAccess('closed', 'callee', { authorization: { rules } }));
      await caller.ask({ url: `${CALLEE}closed`, status: 403 });
      await mesh.waitForField('accesspolicy/closed', '{.status.ancestors[0].conditions[0].status}');
    });
    await mesh.kubectl(['delete', 'accesspolicy', 'closed']);
    expect({ failed, examples }).toEqual({ failed: 0, examples: [] });
  });

  it.each(['callee', 'caller'])('as the pods of %s are replaced, where a policy retries what can be retried', async name => {
    await mesh.apply(retriesOf('callee', 'caller'));
    const { failed, examples } = await callsUnderLoad(`${name} restarted`, name, () => restart(name, NAME));
    expect({ failed, examples }).toEqual({ failed: 0, examples: [] });
  });
});

/** What came of calls of the stranger to a Service that were made before, while and after something was done. */
function callsUnderLoad(what: string, service: string, work: () => Promise<void>): Promise<ClusterLoadReport> {
  const plan = { url: `http://${service}/`, concurrency: 4 };
  return underLoad(what, { load: startClusterLoad(mesh, plan, 'deployment/stranger'), work });
}

async function askEdge(path: string, status: number): Promise<void> {
  await outsider.ask({ url: `http://${edge}${path}`, host: ECHO_HOST, status, timeoutMs: 30_000 });
}

async function isOutsiderRefused(): Promise<boolean> {
  const refusal = await outsider.ask({ url: CALLEE, timeoutMs: 0 }).then(() => '', String);
  return /ECONNRESET|socket hang up/.test(refusal);
}

function addressOf(namespace: TestNamespace, selector: string): Promise<string> {
  return namespace.kubectl(['get', 'pods', '--selector', selector, '--output', 'jsonpath={.items[0].status.podIP}']);
}

function clientAddress(): Promise<string> {
  return outside.kubectl(['get', 'pod', 'client', '--output', 'jsonpath={.status.podIP}']);
}
