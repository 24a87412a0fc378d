// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { findLeader, otherLeaderThan } from '../stage/control-plane.ts';
import { NodeKiller } from '../stage/node-killer.ts';
import { isRolledOut } from '../stage/rollout.ts';
import { kubectl } from '../stage/run-program.ts';
import { ensureWeir, SYSTEM_NAMESPACE, upgradeWeir, weirIsReady } from '../stage/weir-release.ts';
import type { BothLoads } from './stage/both-loads.ts';
import type { FollowedRollout } from './stage/followed-rollout.ts';
import { RolloutScene } from './stage/rollout-scene.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 180_000 });

const NAME = 'e2e-rollout-leader';
const STRATEGY = { canary: { steps: [{ weight: 20 }, { pause: {} }, { weight: 60 }, { pause: { for: '5s' } }] } };

let scene: RolloutScene;
let rollout: FollowedRollout;
let load: BothLoads;

beforeAll(async () => {
  await ensureWeir();
  // One to lead, and one to take over.
  await upgradeWeir('--set', 'controlPlane.replicas=2');
  await weirIsReady();
  scene = await RolloutScene.open(NAME);
  rollout = await scene.begin({ strategy: STRATEGY, rollbackWindow: '10s' });
  load = await scene.load();
});

afterAll(async () => {
  await load[Symbol.asyncDispose]();
  await rollout[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
  await upgradeWeir();
});

it('whoever leads is killed in each phase, and a rollout comes to its end: no request fails', async () => {
  const stable = await stableNow();
  await scene.offer({ REVISION: 'v2', UNREADY: '1' });
  await rollout.inPhase('Preparing');
  await killLeader('Preparing');
  // Another template takes the place of the one that never is ready.
  await scene.offer({ REVISION: 'v2' });
  await rollout.comesTo(20);
  await killLeader('Progressing');
  const { edge, mesh } = await load.more(300);
  expect([Object.keys(edge.revisions).toSorted(), Object.keys(mesh.revisions).toSorted()]).toEqual([
    ['v1', 'v2'],
    ['v1', 'v2'],
  ]);
  expect(await rollout.ask('promote')).toMatchObject({ code: 0 });
  await rollout.comes('60 %', ({ split }) => split?.candidateShare === 6000);
  await killLeader('a step under way');
  await rollout.inPhase('Keeping');
  await killLeader('Keeping');
  await rollout.isStableAfter(stable);
  await isRolledOut('catalogue', NAME);
  expectNoneFailed();
});

it('and one that is aborted comes to stable', async () => {
  await scene.offer({ REVISION: 'v3' });
  await rollout.comesTo(20);
  expect(await rollout.ask('abort')).toMatchObject({ code: 0 });
  await killLeader('Aborting');
  await rollout.isAborted();
  await load.settlesAt('v2');
  expectNoneFailed();
});

function stableNow(): Promise<string> {
  return scene.namespace.kubectl(['get', 'rollout.weir.dev/catalogue', '-o', 'jsonpath={.status.stable}']);
}

async function killLeader(phase: string): Promise<void> {
  const leader = await findLeader();
  const place = { namespace: SYSTEM_NAMESPACE, pod: leader };
  const killer = await NodeKiller.start(scene.outside, place);
  const startedMs = performance.now();
  await killer.kill({ ...place, container: 'control-plane' });
  await kubectl(['delete', 'pod', leader, '--grace-period=0', '--force', '--namespace', SYSTEM_NAMESPACE]);
  await otherLeaderThan(leader);
  console.info(`in ${phase}: another one led after ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  await weirIsReady();
}

function expectNoneFailed(): void {
  const { edge, mesh } = load.whole;
  console.info(`${edge.failed} of ${edge.requests} failed at the edge, ${mesh.failed} of ${mesh.requests} in the mesh`);
  expect([...edge.examples, ...mesh.examples]).toEqual([]);
}
