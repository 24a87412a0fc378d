// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClient } from './stage/cluster-client.ts';
import { tellReport } from './stage/cluster-load.ts';
import { findLeader } from './stage/control-plane.ts';
import { edgeGateway, retriesOf } from './stage/edge-documents.ts';
import { followLoad } from './stage/followed-load.ts';
import type { FollowedLoad } from './stage/followed-load.ts';
import { INJECTED, strictNamespace } from './stage/mesh-documents.ts';
import { isRolledOut } from './stage/rollout.ts';
import { endOfProgram, kubectl, runProgram, weir } from './stage/run-program.ts';
import { openNamespace, removeNamespaces } from './stage/test-namespace.ts';
import type { TestNamespace } from './stage/test-namespace.ts';
import { ensureWeir, findReleases, SYSTEM_NAMESPACE, upgradeWeir } from './stage/weir-release.ts';
import { echoBackend, loadDeployment } from './stage/workload.ts';

const NAME = 'e2e-uninstall';
const HELM_UNINSTALL = ['helm', 'uninstall', 'weir', '--namespace', SYSTEM_NAMESPACE, '--wait'] as const;
/** Longer than a release takes to become ready. */
const LEASE_SECONDS = 120;
const WEBHOOK = ['get', 'mutatingwebhookconfiguration', 'weir-injection', '--ignore-not-found', '--output', 'name'];

let mesh: TestNamespace;

beforeAll(async () => {
  // What it lists is of the whole cluster.
  await removeNamespaces();
  await ensureWeir();
  mesh = await openNamespace(NAME, INJECTED);
  // They go on for as long as others need to notice that they end, as workloads do that are restarted without loss anywhere.
  const callee = echoBackend('callee', { replicas: 2, lingerSeconds: 5 });
  await mesh.apply(...callee, edgeGateway(), strictNamespace(NAME), retriesOf('callee'));
  await mesh.hasCondition('gateway/edge', 'Programmed');
  await isRolledOut('callee', NAME);
});

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
});

describe('taking Weir out while there are pods with sidecars', () => {
  it('is refused to helm alone, after which a rollback to where it is makes the release one that can be upgraded', async () => {
    const { code, stderr } = await endOfProgram(HELM_UNINSTALL);
    expect(code, stderr).not.toBe(0);
    const log = await kubectl(['logs', 'job/weir-uninstall', '--namespace', SYSTEM_NAMESPACE]);
    expect(log).toContain('2 pods have sidecars, which would stop working: weir uninstall takes them out first');
    expect(await kubectl(WEBHOOK)).not.toBe('');
    expect(await findReleases()).toMatchObject([{ name: 'weir', status: 'uninstalling' }]);
    const [release] = await findReleases();
    await runProgram(['helm', 'rollback', 'weir', release?.revision ?? '', '--namespace', SYSTEM_NAMESPACE]);
    await upgradeWeir();
    expect(await findReleases()).toMatchObject([{ name: 'weir', status: 'deployed' }]);
  });

  it('is listed by weir uninstall, which changes nothing by itself', async () => {
    const { code, stdout, stderr } = await weir(['uninstall']);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(`Gateways stop serving:\n    ${NAME}/edge\n`);
    expect(stdout).toContain(`AccessPolicies admit plaintext (mutualTls Permissive):\n    ${NAME}/strict\n`);
    expect(stdout).toContain(`lose their sidecars (2 pods in all):\n    Deployment ${NAME}/callee\n`);
    expect(await podsWithSidecars()).toHaveLength(2);
  });

  it('is done by weir uninstall --yes, and no call between services fails', async () => {
    await using load = await loadOfCaller();
    const { code, stdout, stderr } = await weir(['uninstall', '--yes', '--timeout', '90s']);
    console.log(stderr.trim());
    expect(code, `${stdout}${stderr}`).toBe(0);
    await load.goesOnFor(100);
    const reports = await load.stop();
    reports.forEach((report, i) => {
      tellReport(`mesh, as Weir was taken out; pod ${i + 1} of the caller`, report);
    });
    expect(reports).toHaveLength(2);
    expect(reports.flatMap(({ failed, examples }) => [failed, ...examples])).toEqual([0, 0]);
  });

  it('leaves nothing that works for it, and all that was written', async () => {
    expect(await podsWithSidecars()).toEqual([]);
    expect(await kubectl(WEBHOOK)).toBe('');
    expect(await findReleases()).toEqual([]);
    const made = ['--selector', 'app.kubernetes.io/managed-by=weir', '--output', 'name'];
    expect(await mesh.kubectl(['get', 'deployments,services,serviceaccounts,configmaps', ...made])).toBe('');
    const mode = ['get', 'accesspolicy', 'strict', '--output', 'jsonpath={.spec.mutualTls.mode}'];
    expect(await mesh.kubectl(mode)).toBe('Permissive');
    expect(await mesh.kubectl(['get', 'gateway', 'edge', '--output', 'name'])).toContain('edge');
  });
});

it('helm uninstall --no-hooks goes on all the same', async () => {
  await ensureWeir();
  await startClient(mesh);
  expect(await podsWithSidecars()).toEqual(['client']);
  expect(await endOfProgram([...HELM_UNINSTALL, '--no-hooks'])).toMatchObject({ code: 0 });
  expect(await findReleases()).toEqual([]);
  expect(await podsWithSidecars()).toEqual(['client']);
});

it('a release that follows is believed by API servers once it is ready, before the lease of the former one lets it lead', async () => {
  const lease = ['patch', 'lease', 'weir-control-plane', '--namespace', SYSTEM_NAMESPACE, '--type', 'merge', '--patch'];
  const renewTime = new Date(Date.now() + LEASE_SECONDS * 1000).toISOString().replace('Z', '000Z');
  // As a replica leaves it that loses its rights before it can give it back, but for as long as this takes.
  const spec = { holderIdentity: 'who-is-gone', leaseDurationSeconds: LEASE_SECONDS, renewTime };
  await kubectl([...lease, JSON.stringify({ spec })]);
  try {
    await ensureWeir();
    const bundle = ['--output', 'jsonpath={.webhooks[0].clientConfig.caBundle}'];
    const found = await Promise.all([
      kubectl(['get', 'mutatingwebhookconfiguration', 'weir-injection', ...bundle]),
      kubectl(['get', 'validatingwebhookconfiguration', 'weir-validation', ...bundle]),
    ]);
    expect(await findLeader()).toBe('who-is-gone');
    for (const text of found) expect(Buffer.from(text, 'base64').toString()).toContain('BEGIN CERTIFICATE');
  } finally {
    await kubectl([...lease, JSON.stringify({ spec: { holderIdentity: null, leaseDurationSeconds: 1 } })]);
  }
});

async function podsWithSidecars(): Promise<readonly string[]> {
  const words = ['get', 'pods', '--selector', 'weir.dev/injected=true', '--output', 'jsonpath={.items[*].metadata.name}'];
  return (await mesh.kubectl(words)).split(' ').filter(Boolean);
}

/** Calls of a workload that is restarted as well. */
async function loadOfCaller(): Promise<FollowedLoad> {
  await mesh.apply(loadDeployment('caller', { url: `http://callee.${NAME}/`, concurrency: 2, pauseMs: 5 }));
  await isRolledOut('caller', NAME);
  return followLoad(mesh, 'caller');
}
