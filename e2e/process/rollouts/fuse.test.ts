// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { failuresOf } from './stage/both-sides.ts';
import type { BothSides, SideTallies } from './stage/both-sides.ts';
import { healthy, Switched } from './stage/revisions.ts';
import { RolloutStage } from './stage/rollout-stage.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** Attempts that a fuse waits for at each proxy, and those that are under way when it blows. */
const LOST_AT_MOST = 60;
const HALF = { strategy: { canary: { steps: [{ weight: 50 }, { pause: {} }] } } };

const v2 = new Switched('v2');
let stage: RolloutStage;

beforeAll(async () => {
  stage = await RolloutStage.open({
    revisions: { v1: healthy('v1'), v2: v2.script, refusing: 'refusing', unready: 'unready' },
  });
});

beforeEach(() => {
  v2.isFailing = false;
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

describe('a new revision that fails everything', () => {
  it('is taken out at once by the proxies, and the Rollout aborts and says why', async () => {
    v2.isFailing = true;
    const { rollout } = stage;
    await rollout.begin(HALF);
    await using load = stage.load();
    const reason = await rollout.isAborted();
    const seen = await load.more(500);
    expectFewLost(seen, reason);
    expect(reason).toMatch(/^A fuse has blown \(\d+ of \d+ attempts failed within 5 s, at /v);
    expect(failuresOf(await load.more(200))).toEqual([]);
  });

  it('is taken out while nobody can be asked, and the control plane learns of it when it comes back', async () => {
    const { rollout } = stage;
    await rollout.begin(HALF);
    await using load = stage.load();
    await rollout.comesTo(50);
    await stage.killControlPlane();
    const well = load.take();
    expect(failuresOf(well)).toEqual([]);
    v2.isFailing = true;
    // What went well within the window has to be outweighed first.
    const outweighed = Math.max(well.edge.total, well.mesh.total) / 4;
    expectFewLost(await untilTakenOut(load), 'Without a control plane.', LOST_AT_MOST + outweighed);
    await stage.startControlPlane();
    expect(await rollout.isAborted()).toMatch(/^A fuse has blown/v);
    expect(failuresOf(await load.more(200))).toEqual([]);
    v2.isFailing = false;
    await stage.hasReconnected();
    expect(await rollout.ask('retry')).toMatchObject({ status: 200 });
    await rollout.comesTo(50);
    const { edge, mesh } = await load.sample(200);
    expect([edge, mesh].map(({ answered }) => Object.keys(answered).toSorted())).toEqual([
      ['v1', 'v2'],
      ['v1', 'v2'],
    ]);
  });
});

describe('a new revision that does not start', () => {
  it('is taken out by fuses where it has endpoints that refuse connections', async () => {
    const rollout = stage.rollout.with('refusing');
    await rollout.begin({ ...HALF, progressDeadline: '5s' });
    await using load = stage.load();
    const reason = await rollout.isAborted();
    expectFewLost(await load.more(300), reason);
    expect(reason).toMatch(/^A fuse has blown/v);
  });

  it('gets no requests, and is given up, where it is never ready', async () => {
    const rollout = stage.rollout.with('unready');
    await rollout.begin({ ...HALF, progressDeadline: '2s' });
    await using load = stage.load();
    expect(await rollout.isAborted()).toBe('The new revision was not ready within 2s.');
    expect(failuresOf(await load.more(100))).toEqual([]);
  });
});

/** What came of everything until each side had no failure among many answers. */
async function untilTakenOut(load: BothSides): Promise<SideTallies> {
  await vi.waitFor(() => expect(Math.min(load.edge.seen, load.mesh.seen)).toBeGreaterThan(500), { timeout: 30_000 });
  const seen = load.take();
  expect(failuresOf(await load.more(300))).toEqual([]);
  return seen;
}

function expectFewLost({ edge, mesh }: SideTallies, words: string, atMost = LOST_AT_MOST): void {
  const [atEdge, atMesh] = [edge.failures.length, mesh.failures.length];
  console.info(`${words} Lost: ${atEdge} at the edge, ${atMesh} in the mesh (${edge.failures[0] ?? ''}).`);
  expect(Math.max(atEdge, atMesh)).toBeLessThanOrEqual(atMost);
  expect(atEdge + atMesh).toBeGreaterThan(0);
}
