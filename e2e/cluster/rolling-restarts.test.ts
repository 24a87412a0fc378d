// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClient } from './stage/cluster-client.ts';
import type { ClusterClient } from './stage/cluster-client.ts';
import { startClusterLoad, underLoad } from './stage/cluster-load.ts';
import type { ClusterLoadReport } from './stage/cluster-load.ts';
import { ECHO_HOST, echoRoute, edgeGateway, retriesOf } from './stage/edge-documents.ts';
import { isRolledOut, restart } from './stage/rollout.ts';
import { kubectl, runProgram } from './stage/run-program.ts';
import { openNamespace } from './stage/test-namespace.ts';
import type { TestNamespace } from './stage/test-namespace.ts';
import { ensureWeir, SYSTEM_NAMESPACE, upgradeWeir } from './stage/weir-release.ts';
import { echoBackend } from './stage/workload.ts';

const NAME = 'e2e-rolling';
const ROLLOUT_TIMEOUT = '--timeout=90s';

let namespace: TestNamespace;
let client: ClusterClient;
let address: string;

beforeAll(async () => {
  await ensureWeir();
  namespace = await openNamespace(NAME);
  await namespace.apply(...echoBackend('echo', { replicas: 2 }), edgeGateway(), echoRoute());
  client = await startClient(namespace);
  address = await namespace.waitForField('gateway/edge', '{.status.addresses[0].value}');
  await client.ask({ url: `http://${address}/`, host: ECHO_HOST, status: 200, timeoutMs: 60_000 });
  await isRolledOut('echo', NAME);
});
afterAll(async () => {
  await namespace[Symbol.asyncDispose]();
});

/** What came of requests to the Gateway that were sent before, while and after something was done. */
function requestsUnderLoad(what: string, work: () => Promise<unknown>): Promise<ClusterLoadReport> {
  const plan = { url: `http://${address}/`, host: ECHO_HOST, concurrency: 4 };
  return underLoad(what, { load: startClusterLoad(namespace, plan), work });
}

describe('a rolling restart under load fails no request', () => {
  it('of a gateway', async () => {
    const { failed, examples } = await requestsUnderLoad('gateway restarted', () => restart('edge-weir', NAME));
    expect({ failed, examples }).toEqual({ failed: 0, examples: [] });
  });

  it('of the control plane', async () => {
    const { failed, examples } = await requestsUnderLoad('control plane restarted', async () => {
      await kubectl(['rollout', 'restart', 'deployment/weir-control-plane', '--namespace', SYSTEM_NAMESPACE]);
      await isRolledOut('weir-control-plane', SYSTEM_NAMESPACE);
    });
    expect({ failed, examples }).toEqual({ failed: 0, examples: [] });
  });

  it('of a gateway that gets more pods, and fewer', async () => {
    const { failed, examples } = await requestsUnderLoad('gateway scaled to three pods and back', async () => {
      await scaleGateway(3);
      await scaleGateway(1);
    });
    expect({ failed, examples }).toEqual({ failed: 0, examples: [] });
  });

  it('of a backend that drains, and of one that ends at once, where a policy retries what can be retried', async () => {
    await namespace.apply(retriesOf('echo'));
    const drained = await requestsUnderLoad('backend restarted, with retries', () => restart('echo', NAME));
    await namespace.apply(...echoBackend('echo', { replicas: 2, env: { EXIT_AT_ONCE: '1' } }));
    await isRolledOut('echo', NAME);
    const ended = await requestsUnderLoad('backend that ends at once restarted, with retries', () => restart('echo', NAME));
    expect([drained.failed, ended.failed, ...drained.examples, ...ended.examples]).toEqual([0, 0]);
    await namespace.kubectl(['delete', 'trafficpolicy', 'retries']);
  });
});

it('with the defaults of retries, a backend that restarts costs at most what docs/upgrade.md states', async () => {
  await namespace.apply(...echoBackend('echo', { replicas: 2 }));
  await isRolledOut('echo', NAME);
  const { failed, requests } = await requestsUnderLoad('backend restarted, without a policy', () => restart('echo', NAME));
  expect(failed / requests).toBeLessThan(0.001);
});

it('with the defaults of retries, a backend that ends at once costs at most what docs/upgrade.md states', async () => {
  await namespace.apply(...echoBackend('echo', { replicas: 2, env: { EXIT_AT_ONCE: '1' } }));
  await isRolledOut('echo', NAME);
  const what = 'backend that ends at once restarted, without a policy';
  const { failed, requests } = await requestsUnderLoad(what, () => restart('echo', NAME));
  expect(failed / requests).toBeLessThan(0.01);
});

describe('helm under load fails no request', () => {
  it('as it upgrades control plane and gateways, and as it rolls that back', async () => {
    const { failed, examples } = await requestsUnderLoad('helm upgrade and helm rollback', async () => {
      await upgradeWeir('--set', 'controlPlane.podAnnotations.edition=two', '--set', 'gateway.trustedHops=1');
      await allHasTrustedHops(1);
      await runProgram(['helm', 'rollback', 'weir', '--namespace', SYSTEM_NAMESPACE]);
      await allHasTrustedHops(0);
    });
    expect({ failed, examples }).toEqual({ failed: 0, examples: [] });
  });
});

async function scaleGateway(replicas: number): Promise<void> {
  await upgradeWeir('--set', `gateway.replicas=${replicas}`);
  await namespace.kubectl(['wait', 'deployment/edge-weir', `--for=jsonpath={.spec.replicas}=${replicas}`, ROLLOUT_TIMEOUT]);
  await isRolledOut('edge-weir', NAME);
}

/** Waits until both are what a release made them that says so many hops. */
async function allHasTrustedHops(count: number): Promise<void> {
  await isRolledOut('weir-control-plane', SYSTEM_NAMESPACE);
  const path = 'jsonpath={.spec.template.spec.containers[0].args}';
  const read = (): Promise<string> => namespace.kubectl(['get', 'deployment', 'edge-weir', '--output', path]);
  const isThere = async (): Promise<boolean> => (await read()).includes(`--trusted-hops=${count}`);
  await waitFor(isThere, { what: `a gateway with ${count} trusted hops`, timeoutMs: 60_000 });
  await isRolledOut('edge-weir', NAME);
}
