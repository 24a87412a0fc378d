// SPDX-License-Identifier: Apache-2.0
import { connectRaw } from '@weir/testing';
import type { RequestOptions } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { failuresOf, percentOf } from './stage/both-sides.ts';
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

describe('a canary', () => {
  it('comes to all requests step by step, at the edge and in the mesh, and none fails', async () => {
    const { rollout } = stage;
    await rollout.begin({ strategy: { canary: { steps: [{ weight: 20 }, { pause: {} }, { weight: 60 }, { pause: {} }] } } });
    await using load = stage.load();
    for (const percent of [20, 60]) {
      await rollout.comes(
        `a pause at ${percent} %`,
        ({ split, message }) => split?.candidateShare === percent * 100 && /promote/iv.test(message),
      );
      const before = load.take();
      const seen = await load.more(2000);
      expect([...failuresOf(before), ...failuresOf(seen)]).toEqual([]);
      for (const side of [seen.edge, seen.mesh]) expect(Math.abs(percentOf(side, 'v2') - percent)).toBeLessThan(5);
      expect(await rollout.ask('promote')).toMatchObject({ status: 200 });
    }
    await rollout.comes('the new one to be stable', ({ phase, stable }) => phase === 'Stable' && stable === 'v2');
    expect(failuresOf(load.take())).toEqual([]);
    expect((await load.more(100)).edge.answered).not.toHaveProperty('v1');
  });
});

describe('the share of a new revision', () => {
  it('is the same at the edge and in the mesh', async () => {
    const { rollout } = stage;
    await rollout.begin({ strategy: { canary: { steps: [{ weight: 20 }, { pause: {} }] } } });
    await rollout.comesTo(20);
    await using load = stage.load({ connections: 3 });
    const seen = await load.more(10_000);
    expect(failuresOf(seen)).toEqual([]);
    const [edge, mesh] = [percentOf(seen.edge, 'v2'), percentOf(seen.mesh, 'v2')];
    console.info(`edge ${edge.toFixed(2)} % of ${seen.edge.total}, mesh ${mesh.toFixed(2)} % of ${seen.mesh.total}`);
    // Chance alone takes one of 100,000 further than this: 4.5 times 0.4 points.
    expect(Math.abs(edge - 20)).toBeLessThan(1.8);
    expect(Math.abs(mesh - 20)).toBeLessThan(1.8);
  });
});

describe.each<readonly [string, object, (user: string) => RequestOptions]>([
  ['a header field', { header: 'X-User' }, user => ({ headers: { 'x-user': user } })],
  ['a cookie', { cookie: 'user' }, user => ({ headers: { Cookie: `theme=dark; user=${user}` } })],
])('clients that are told apart by %s', (_, assignment, requestOf) => {
  it('keep their revision, the same at both sides, and move to the new one alone', async () => {
    const { rollout } = stage;
    const steps = [10, 30, 60].flatMap(weight => [{ weight }, { pause: {} }]);
    await rollout.begin({ assignment, strategy: { canary: { steps } } });
    let before: readonly string[] = [];
    for (const percent of [10, 30, 60]) {
      await rollout.comesTo(percent);
      await rollout.comes('a pause', ({ waitingFor }) => waitingFor === 'Person');
      const edge = await revisionsAt(stage.ports.edge, requestOf);
      expect(await revisionsAt(stage.ports.mesh, requestOf)).toEqual(edge);
      expect(await revisionsAt(stage.ports.edge, requestOf)).toEqual(edge);
      expect(goneBack(before, edge)).toEqual([]);
      const share = (100 * edge.filter(revision => revision === 'v2').length) / edge.length;
      console.info(`${percent} %: ${share.toFixed(1)} % of ${edge.length} clients`);
      expect(Math.abs(share - percent)).toBeLessThan(8);
      before = edge;
      expect(await rollout.ask('promote')).toMatchObject({ status: 200 });
    }
  });
});

/** Clients that had the new revision, and have it no more. */
function goneBack(before: readonly string[], now: readonly string[]): readonly number[] {
  return now.flatMap((revision, user) => (before[user] === 'v2' && revision !== 'v2' ? [user] : []));
}

const USERS = 800;

/** Who answers each of many clients. */
async function revisionsAt(port: number, requestOf: (user: string) => RequestOptions): Promise<readonly string[]> {
  await using client = await connectRaw({ port });
  const revisions: string[] = [];
  for (let user = 0; user < USERS; user++) revisions.push((await client.request('/', requestOf(`u${user}`))).text);
  return revisions;
}
