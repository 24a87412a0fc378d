// SPDX-License-Identifier: Apache-2.0
import type { Resource, Split } from '@weir/policy/snapshot';
import type { Programmed, ProgrammedObject } from '@weir/sync/server';
import { expect, it } from 'vitest';
import { MeshSplits } from './mesh-splits.ts';

const NOBODY: Programmed = { status: 'noSubscribers', of: 0, acked: 0, waiting: [], refusing: [], gone: [], unheard: [] };

function backend(port: number, step?: string): Resource {
  const split = step === undefined ? undefined : ({ rollout: 'shop/catalogue', step } as Split);
  return { kind: 'backend', name: `backend/shop/catalogue/${port}`, split } as Resource;
}

function createScene() {
  const asked: ProgrammedObject[] = [];
  const splits = new MeshSplits({
    programmed: object => {
      asked.push(object);
      return NOBODY;
    },
  });
  return { asked, splits };
}

it('asks who has all that a Rollout divides, anew for each step', () => {
  const { asked, splits } = createScene();
  splits.update({ upserts: [backend(80, 's1'), backend(81, 's1')], removes: [] });
  expect(splits.splitOf('shop/catalogue')?.step).toBe('s1');
  splits.splitOf('shop/catalogue');
  splits.update({ upserts: [backend(80, 's2'), backend(81, 's2')], removes: [] });
  expect(splits.splitOf('shop/catalogue')?.step).toBe('s2');
  const names = ['backend/shop/catalogue/80', 'backend/shop/catalogue/81'];
  expect(asked).toEqual([1, 1, 2].map(generation => ({ key: 'Rollout/shop/catalogue', generation, names })));
});

it('forgets what is divided no longer', () => {
  const { splits } = createScene();
  splits.update({ upserts: [backend(80, 's1'), backend(81, 's1')], removes: [] });
  splits.update({ upserts: [backend(80)], removes: ['backend/shop/catalogue/81'] });
  expect(splits.splitOf('shop/catalogue')).toBeUndefined();
  expect(splits.splitOf('shop/other')).toBeUndefined();
});
