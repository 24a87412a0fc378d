// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { failuresOf } from './stage/both-sides.ts';
import { failing, paced } from './stage/revisions.ts';
import { RolloutStage } from './stage/rollout-stage.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

/** Long beside what a busy machine adds to it. */
const PACE_MS = 20;
const LOAD = { connections: 10 };

let stage: RolloutStage;

beforeAll(async () => {
  stage = await RolloutStage.open({
    revisions: {
      v1: paced('v1', { ms: PACE_MS }),
      v2: paced('v2', { ms: PACE_MS }),
      slow: paced('slow', { ms: PACE_MS, slowOneOf: 50 }),
      failing: failing('failing', 20),
    },
  });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

const errors = { name: 'errors', successRate: { maxDrop: 0.5 } };
const slowness = { name: 'slow', latency: { quantile: 99, maxRatio: 2 } };

describe('an analysis against stable at the same time', () => {
  it('takes out a new revision that fails one of twenty requests, which blows no fuse', async () => {
    const rollout = stage.rollout.with('failing');
    await rollout.begin(judged([errors]));
    await using load = stage.load(LOAD);
    const reason = await rollout.isAborted(60_000);
    const lost = load.take();
    console.info(`${reason} Lost: ${failuresOf(lost).length} of ${lost.edge.total + lost.mesh.total}.`);
    expect(reason).toMatch(/^The analysis has failed \(success rate/v);
    expect(failuresOf(await load.sample(100))).toEqual([]);
  });

  it('takes out a new revision whose slowest answers alone are slower', async () => {
    const rollout = stage.rollout.with('slow');
    await rollout.begin(judged([errors, slowness]));
    await using load = stage.load(LOAD);
    const reason = await rollout.isAborted(60_000);
    console.info(reason);
    expect(reason).toMatch(/^The analysis has failed \(p99/v);
    expect(failuresOf(load.take())).toEqual([]);
  });

  it('lets one pass that is as good', async () => {
    const { rollout } = stage;
    await rollout.begin(judged([errors, slowness]));
    await using load = stage.load(LOAD);
    await rollout.comes('to be stable', ({ phase, stable }) => phase === 'Stable' && stable === 'v2', 80_000);
    expect(failuresOf(load.take())).toEqual([]);
    expect(Object.keys((await load.more(100)).edge.answered)).toEqual(['v2']);
  });
});

/** Decided by what is seen: the time is never over. */
function judged(conditions: readonly object[]): Parameters<RolloutStage['rollout']['begin']>[0] {
  return {
    strategy: { canary: { steps: [{ weight: 50 }, { analysis: { for: '10m' } }] } },
    analysis: { conditions, minimumRequests: 50 },
  };
}
