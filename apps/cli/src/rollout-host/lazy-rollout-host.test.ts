// SPDX-License-Identifier: Apache-2.0
import type { Document } from '@weir/policy/documents';
import type { RolloutGround } from '@weir/gateway';
import { expect, it } from 'vitest';
import { LazyRolloutHost } from './lazy-rollout-host.ts';
import type { RolloutHost, RolloutHostOptions } from './rollout-host.ts';

const ROLLOUTS = new Map([['Rollout/shop/catalogue', { kind: 'Rollout' } as Document]]);
const OTHERS = new Map([['Service/shop/catalogue', { kind: 'Service' } as Document]]);
const DRIVEN = new Map<string, Document>();

function createScene(host: Partial<RolloutHost> | Error = {}) {
  const notes: string[] = [];
  let openCount = 0;
  const options: RolloutHostOptions = {
    stateDirectory: undefined,
    mesh: { splitOf: () => undefined, isConnected: () => false },
    onTurn: () => undefined,
    onNote: text => notes.push(text),
  };
  const lazy = new LazyRolloutHost(options, async () => {
    openCount++;
    if (host instanceof Error) throw host;
    return host as RolloutHost;
  });
  return { lazy, notes, openCount: () => openCount };
}

it('loads nothing until there is a Rollout, and then once', async () => {
  const { lazy, openCount } = createScene();
  expect(lazy.open(OTHERS)).toBeUndefined();
  expect(openCount()).toBe(0);
  const opening = lazy.open(ROLLOUTS);
  expect(opening).toBeInstanceOf(Promise);
  // What changes meanwhile waits, too: also where no Rollout is among it any more.
  expect(lazy.open(OTHERS)).toBe(opening);
  await opening;
  expect(lazy.open(ROLLOUTS)).toBeUndefined();
  expect(openCount()).toBe(1);
});

it('leaves documents as they are until it is open, and where nothing can be driven', async () => {
  const desk = { withSplits: () => DRIVEN } as unknown as RolloutHost['desk'];
  const { lazy } = createScene({ desk });
  expect(lazy.withSplits(ROLLOUTS)).toBe(ROLLOUTS);
  await lazy.open(ROLLOUTS);
  expect(lazy.withSplits(ROLLOUTS)).toBe(DRIVEN);
});

it('notes what is in the way, with what to do, and lets the gateway go on', async () => {
  const failure = Object.assign(new Error('/state is open to others'), { hint: 'chmod 700 /state' });
  const { lazy, notes } = createScene(failure);
  await lazy.open(ROLLOUTS);
  expect(notes).toEqual([expect.stringContaining('/state is open to others; chmod 700 /state')]);
  expect(lazy.withSplits(ROLLOUTS)).toBe(ROLLOUTS);
  lazy.drive({} as RolloutGround);
  await lazy.close();
});

it('notes an error of what is in force, and serves what documents say', async () => {
  const desk = {
    withSplits: () => {
      throw new Error('no such step');
    },
  } as unknown as RolloutHost['desk'];
  const { lazy, notes } = createScene({ desk });
  await lazy.open(ROLLOUTS);
  expect(lazy.withSplits(ROLLOUTS)).toBe(ROLLOUTS);
  expect(notes).toEqual(['Rollouts: no such step']);
});
