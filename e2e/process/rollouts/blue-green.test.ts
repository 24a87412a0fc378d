// SPDX-License-Identifier: Apache-2.0
import { systemClock } from '@weir/base';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { failuresOf } from './stage/both-sides.ts';
import type { BothSides } from './stage/both-sides.ts';
import { healthy } from './stage/revisions.ts';
import { RolloutStage } from './stage/rollout-stage.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let stage: RolloutStage;

beforeAll(async () => {
  stage = await RolloutStage.open({ revisions: { v1: healthy('v1'), v2: healthy('v2') } });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

const PREVIEW = { headers: [{ name: 'X-Preview', values: ['yes'] }] };
const SWITCH = { strategy: { blueGreen: { preview: [PREVIEW], promotion: 'Manual' } }, rollbackWindow: '1h' };

describe.each(['undo', 'abort'])('blue/green, and %s within the rollback window', verb => {
  it('shows the new one to who asks for it, switches all at once, and goes back, and no request fails', async () => {
    const { rollout } = stage;
    await rollout.begin(SWITCH);
    await rollout.comes('the preview', ({ waitingFor }) => waitingFor === 'Person');
    await using load = stage.load();
    await using previews = stage.load({ request: { headers: { 'X-Preview': 'yes' } } });
    expect(await answersOf(load)).toEqual({ edge: ['v1'], mesh: ['v1'] });
    expect(await answersOf(previews)).toEqual({ edge: ['v2'], mesh: ['v2'] });
    expect(await rollout.ask('promote')).toMatchObject({ status: 200 });
    await rollout.comes('the window', ({ phase }) => phase === 'Keeping');
    expect(await answersOf(load)).toEqual({ edge: ['v2'], mesh: ['v2'] });
    load.take();
    const askedMs = systemClock.nowMs();
    expect(await rollout.ask(verb)).toMatchObject({ status: 200 });
    const answeredMs = systemClock.nowMs();
    await rollout.isAborted();
    const { edge, mesh } = load.take();
    console.info(
      `${verb}: answered after ${ms(answeredMs - askedMs)}, last new answer at the edge after ${ms((edge.lastMs['v2'] ?? 0) - askedMs)}, in the mesh after ${ms((mesh.lastMs['v2'] ?? 0) - askedMs)}`,
    );
    expect([...edge.failures, ...mesh.failures]).toEqual([]);
    expect(await answersOf(load)).toEqual({ edge: ['v1'], mesh: ['v1'] });
    expect(await answersOf(previews)).toEqual({ edge: ['v1'], mesh: ['v1'] });
  });
});

/** Who answers now, at each side; nobody may fail, also before. */
async function answersOf(load: BothSides): Promise<Readonly<Record<'edge' | 'mesh', readonly string[]>>> {
  expect(failuresOf(load.take())).toEqual([]);
  const seen = await load.sample(200);
  expect(failuresOf(seen)).toEqual([]);
  return { edge: Object.keys(seen.edge.answered), mesh: Object.keys(seen.mesh.answered) };
}

function ms(duration: number): string {
  return `${Math.round(duration)} ms`;
}
