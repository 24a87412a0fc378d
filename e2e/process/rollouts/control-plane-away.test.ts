// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { failuresOf, percentOf } from './stage/both-sides.ts';
import { healthy } from './stage/revisions.ts';
import { RolloutStage } from './stage/rollout-stage.ts';
import type { StagedRollout } from './stage/staged-rollout.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let stage: RolloutStage;

beforeAll(async () => {
  stage = await RolloutStage.open({ revisions: { v1: healthy('v1'), v2: healthy('v2') } });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

describe('a control plane that is killed and started again', () => {
  it('finds shares as they were and goes on from there, forward and back, and no request fails', async () => {
    const { rollout } = stage;
    const steps = [{ weight: 30 }, { pause: { for: '3s' } }, { weight: 70 }, { pause: {} }];
    await rollout.begin({ strategy: { canary: { steps } } });
    await rollout.comesTo(30);
    await killedOnTheWay(rollout);
    await killedOnTheWayBack(rollout);
    await stage.hasReconnected();
    expect(await rollout.isAborted()).toMatch(/asked for it/v);
    await using load = stage.load();
    const isBack = async (): Promise<boolean> => {
      const seen = await load.more(100);
      expect(failuresOf(seen)).toEqual([]);
      return [seen.edge, seen.mesh].every(({ answered }) => answered['v2'] === undefined);
    };
    await waitFor(isBack, { what: 'answers of stable alone' });
  });
});

/** Stops the control plane during a pause, and starts it again. */
async function killedOnTheWay(rollout: StagedRollout): Promise<void> {
  await using load = stage.load();
  // A sidecar asks for what it needs when it is first called.
  await load.more(20);
  await stage.killControlPlane();
  const [before, away] = [load.take(), await load.more(1500)];
  for (const side of [away.edge, away.mesh]) expect(Math.abs(percentOf(side, 'v2') - 30)).toBeLessThan(6);
  await stage.startControlPlane();
  await rollout.comesTo(70);
  await stage.hasReconnected();
  expect([before, away, load.take()].flatMap(failuresOf)).toEqual([]);
}

/** Stops and starts the control plane while one proxy has not heard of an abort. */
async function killedOnTheWayBack(rollout: StagedRollout): Promise<void> {
  stage.sidecar.process.kill('SIGSTOP');
  try {
    expect(await rollout.ask('abort')).toMatchObject({ status: 200 });
    await rollout.comes('Aborting', ({ phase }) => phase === 'Aborting');
    await stage.killControlPlane();
    await stage.startControlPlane();
    expect(await rollout.state()).toMatchObject({ phase: 'Aborting', split: { candidateShare: 0 } });
  } finally {
    stage.sidecar.process.kill('SIGCONT');
  }
}
