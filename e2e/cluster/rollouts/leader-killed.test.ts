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
const STRATEGY = { canary: { steps: [{ weight: 20 }, { pause: {} }, { weight: 60 }, { pause: {} }] } };

let scene: RolloutScene;
let rollout: FollowedRollout;
let load: BothLoads;

beforeAll(async () => {
  await ensureWeir();
  // One to lead, and one to take over.
  await upgradeWeir('--set', 'controlPlane.replicas=2');
  await weirIsReady();
  scene = await RolloutScene.open(NAME);
  rollout = await scene.begin({ strategy: STRATEGY, rollbackWindow: '20s' });
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
  await killLeaderIn('Preparing');
  // Another template takes the place of the one that never is ready.
  await scene.offer({ REVISION: 'v2' });
  await rollout.comesTo(20);
  await killLeaderIn('Progressing');
  const { edge, mesh } = await load.more(300);
  const both = ['v1', 'v2'];
  expect([Object.keys(edge.revisions).toSorted(), Object.keys(mesh.revisions).toSorted()]).toEqual([both, both]);
  await using held = new AsyncDisposableStack();
  held.use(await scene.holdRequests());
  {
    await using still = new AsyncDisposableStack();
    still.use(await scene.freezeBystander());
    expect(await rollout.ask('promote', '--full')).toMatchObject({ code: 0, stderr: '' });
    await killLeaderIn('Promoting');
  }
  await killLeaderIn('Keeping');
  await killLeaderIn('Draining');
  const aimed = await aimAtLeader();
  await held.disposeAsync();
  await rollout.inPhase('Retiring');
  await aimed.kill('Retiring');
  await rollout.isStableAfter(stable);
  await isRolledOut('catalogue', NAME);
  expectNoneFailed();
});

it('and one that is aborted comes to stable', async () => {
  await scene.offer({ REVISION: 'v3' });
  await rollout.comesTo(20);
  const aimed = await aimAtLeader();
  expect(await rollout.ask('abort')).toMatchObject({ code: 0, stderr: '' });
  await aimed.kill('Aborting, or Aborted');
  await rollout.isAborted();
  await load.settlesAt('v2');
  expectNoneFailed();
});

function stableNow(): Promise<string> {
  return scene.namespace.kubectl(['get', 'rollout.weir.dev/catalogue', '-o', 'jsonpath={.status.stable}']);
}

async function killLeaderIn(phase: string): Promise<void> {
  const aimed = await aimAtLeader();
  await rollout.inPhase(phase);
  await aimed.kill(phase);
}

/** Has all at hand, so that it is killed at once when its moment comes. */
async function aimAtLeader(): Promise<{ readonly kill: (phase: string) => Promise<void> }> {
  const leader = await findLeader();
  const place = { namespace: SYSTEM_NAMESPACE, pod: leader };
  const killer = await NodeKiller.start(scene.outside, place);
  return {
    kill: async phase => {
      const startedMs = performance.now();
      await killer.kill({ ...place, container: 'control-plane' });
      await kubectl(['delete', 'pod', leader, '--grace-period=0', '--force', '--namespace', SYSTEM_NAMESPACE]);
      await otherLeaderThan(leader);
      console.info(`in ${phase}: another one led after ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
      await weirIsReady();
    },
  };
}

function expectNoneFailed(): void {
  const { edge, mesh } = load.whole;
  console.info(`${edge.failed} of ${edge.requests} failed at the edge, ${mesh.failed} of ${mesh.requests} in the mesh`);
  expect([...edge.examples, ...mesh.examples]).toEqual([]);
}
