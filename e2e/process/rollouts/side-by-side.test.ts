// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { backend, prefix, route, service } from '../stage/documents.ts';
import { failuresOf, percentOf } from './stage/both-sides.ts';
import { healthy } from './stage/revisions.ts';
import { RolloutStage } from './stage/rollout-stage.ts';
import type { StagedRollout } from './stage/staged-rollout.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const HALVES = {
  matches: [prefix('/')],
  backendRefs: [backend('catalogue', { weight: 50 }), backend('reviews', { weight: 50 })],
};

let stage: RolloutStage;
let reviews: StagedRollout;

beforeAll(async () => {
  const revisions = { v1: healthy('v1'), v2: healthy('v2'), r1: healthy('r1'), r2: healthy('r2') };
  const parents = ['edge', { group: '', kind: 'Service', name: 'shop' }];
  const documents = [...service('shop', []), ...service('reviews', []), route('halves', [HALVES], { parents })];
  stage = await RolloutStage.open({ revisions, called: 'shop', documents });
  reviews = stage.rolloutOf('reviews', { stable: 'r1', candidate: 'r2' });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

describe('Rollouts of two Services behind one route', () => {
  it('go on each for itself, and each has its share of its half', async () => {
    const { rollout: catalogue } = stage;
    await Promise.all([catalogue.write(canaryOf(20)), reviews.write(canaryOf(60))]);
    await Promise.all([catalogue.comesTo(20), reviews.comesTo(60)]);
    await using load = stage.load({ connections: 2 });
    await expectShares({ v1: 40, v2: 10, r1: 20, r2: 30 });
    expect(await reviews.ask('promote')).toMatchObject({ status: 200 });
    await reviews.comes('to be stable', ({ phase, stable }) => phase === 'Stable' && stable === 'r2');
    await expectShares({ v1: 40, v2: 10, r2: 50 });
    expect(await catalogue.ask('abort')).toMatchObject({ status: 200 });
    await catalogue.isAborted();
    await expectShares({ v1: 50, r2: 50 });
    expect(await reviews.state()).toMatchObject({ phase: 'Stable', stable: 'r2' });

    async function expectShares(wanted: Readonly<Record<string, number>>): Promise<void> {
      expect(failuresOf(load.take())).toEqual([]);
      const seen = await load.more(2500);
      expect(failuresOf(seen)).toEqual([]);
      for (const side of [seen.edge, seen.mesh]) {
        expect(Object.keys(side.answered).toSorted()).toEqual(Object.keys(wanted).toSorted());
        for (const [revision, percent] of Object.entries(wanted)) {
          expect(Math.abs(percentOf(side, revision) - percent)).toBeLessThan(5);
        }
      }
    }
  });
});

function canaryOf(weight: number): Parameters<StagedRollout['write']>[0] {
  return { strategy: { canary: { steps: [{ weight }, { pause: {} }] } } };
}
