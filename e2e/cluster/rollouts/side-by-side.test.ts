// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ensureWeir } from '../stage/weir-release.ts';
import { failuresOf, percentOf } from './stage/both-loads.ts';
import { RolloutScene } from './stage/rollout-scene.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

let scene: RolloutScene;

beforeAll(async () => {
  await ensureWeir();
  scene = await RolloutScene.open('e2e-side-by-side', ['catalogue', 'reviews']);
});

afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});

it('Rollouts of two Deployments behind one route go on each for itself, and each has its share of its half', async () => {
  await using catalogue = await scene.begin(canaryOf(20), ['catalogue']);
  await using reviews = await scene.begin(canaryOf(60), ['reviews']);
  await Promise.all([scene.offer({ REVISION: 'c2' }, ['catalogue']), scene.offer({ REVISION: 'r2' }, ['reviews'])]);
  await Promise.all([catalogue.comesTo(20), reviews.comesTo(60)]);
  await using load = await scene.load();
  const seen = await load.more(2500);
  expect(failuresOf(seen)).toEqual([]);
  for (const side of [seen.edge, seen.mesh]) {
    expect(Math.abs(percentOf(side, 'c2') - 10)).toBeLessThan(5);
    expect(Math.abs(percentOf(side, 'r2') - 30)).toBeLessThan(5);
  }
  expect(await catalogue.ask('abort')).toMatchObject({ code: 0 });
  await catalogue.isAborted();
  const later = await load.more(1000);
  expect(failuresOf(later)).toEqual([]);
  for (const side of [later.edge, later.mesh]) {
    expect(percentOf(side, 'c2')).toBe(0);
    expect(Math.abs(percentOf(side, 'r2') - 30)).toBeLessThan(7);
  }
});

function canaryOf(weight: number): object {
  return { strategy: { canary: { steps: [{ weight }, { pause: {} }] } } };
}
