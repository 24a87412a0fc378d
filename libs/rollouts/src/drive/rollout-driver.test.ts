// SPDX-License-Identifier: Apache-2.0
import { createManualClock } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { specOf } from '../advance/walk/rollout-lab.ts';
import type { RolloutNews } from '../advance/rollout-news.ts';
import type { RolloutState } from '../state/rollout-state.ts';
import { RolloutDriver } from './rollout-driver.ts';
import type { Rollout, RolloutOffer } from './rollout-ports.ts';
import { SplitObservations } from './split-observations.ts';

const KEY = 'shop/cart';
const START_MS = 1_700_000_000_000;

/** A world with one Rollout, in which every proxy takes everything at once. */
function open(stored: ReadonlyMap<string, RolloutState> = new Map()) {
  const clock = createManualClock(START_MS);
  const saved: RolloutState[] = [];
  const news: RolloutNews[] = [];
  const notes: string[] = [];
  const webNotes: string[] = [];
  let inForce = 0;
  const world = {
    isStorable: true,
    isWaiting: false,
    answer: 200,
    acked: 1,
    of: 1,
    offers: new Map<string, RolloutOffer>([[KEY, offer()]]),
  };
  const driver = new RolloutDriver(
    {
      clock,
      store: {
        load: () => Promise.resolve(stored),
        save: (_, state) => {
          if (!world.isStorable) return Promise.reject(new Error('disk full'));
          if (state !== undefined) saved.push(state);
          return Promise.resolve();
        },
      },
      offers: () => world.offers,
      isWaiting: () => world.isWaiting,
      arrivalOf: (_, step) => ({ step, of: world.of, acked: world.acked, waiting: [], refusing: [], gone: [], unheard: [] }),
      onInForce: () => {
        inForce += 1;
      },
      onNews: (_, one) => void news.push(one),
      onNote: text => void notes.push(text),
      onWebNote: text => void webNotes.push(text),
      post: () => Promise.resolve(world.answer),
      get: () => Promise.resolve({}),
    },
    new SplitObservations(),
  );
  const pass = async (ms: number): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += 250) {
      for (let turn = 0; turn < 100; turn++) await Promise.resolve();
      clock.advance(250);
    }
    for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  };
  const begin = async (): Promise<void> => {
    await driver.open();
    driver.start();
    await pass(1000);
  };
  return { driver, saved, news, notes, webNotes, world, pass, begin, changes: () => inForce };
}

function offer(): RolloutOffer {
  const steps = [{ weight: 20 }, { pause: {} }];
  const document: Rollout = {
    ...{ kind: 'Rollout', apiVersion: 'weir.dev/v1alpha1', namespace: 'shop', name: 'cart', createdMs: 0, generation: 1 },
    ...{ labels: {}, annotations: {}, hash: '', source: { label: '', locate: () => ({ file: '', line: 1, column: 1 }) } },
    spec: specOf({ strategy: { canary: { steps } } }),
  };
  const revisions = { v1: { ready: 1, wanted: 1 }, v2: { ready: 1, wanted: 1 } };
  return { document, offered: 'v2', firstStable: 'v1', revisions, isDeploymentFinished: false };
}

describe('a driver', () => {
  it('stores what it decides before it has it take effect, and rests while nothing is new', async () => {
    const { driver, begin, saved, changes, pass } = open();
    await begin();
    expect(driver.inForce(KEY, 'shop')).toMatchObject({ stable: 'v1', candidate: 'v2', candidateShare: 2000 });
    expect(saved.at(-1)).toEqual(driver.stateOf(KEY));
    const [writes, effects] = [saved.length, changes()];
    await pass(5000);
    expect([saved.length, changes()]).toEqual([writes, effects]);
  });

  it('stores ever more rarely how far it has come, and at once what it decides', async () => {
    const { driver, begin, saved, world, pass } = open();
    world.of = 1000;
    await begin();
    const writes = saved.length;
    for (; world.acked < 240; world.acked++) await pass(250);
    expect(saved.length - writes).toBeLessThan(12);
    expect(driver.stateOf(KEY)?.proxies?.acked).toBeGreaterThan(190);
    const phase = driver.stateOf(KEY)?.phase;
    world.acked = 1000;
    await pass(250);
    expect([phase, driver.stateOf(KEY)?.phase]).toEqual(['Preparing', 'Progressing']);
  });

  it('has nothing take effect that cannot be stored, and tries again', async () => {
    const { driver, begin, world, notes, changes, pass } = open();
    world.isStorable = false;
    await begin();
    expect([driver.inForce(KEY, 'shop'), changes()]).toEqual([undefined, 0]);
    expect(notes[0]).toBe('Rollout shop/cart does not go on: its state cannot be stored: disk full');
    world.isStorable = true;
    await pass(1000);
    expect(driver.inForce(KEY, 'shop')?.candidateShare).toBe(2000);
  });

  it('tells of URLs that do not answer apart from what it cannot do itself', async () => {
    const { begin, world, notes, webNotes, pass } = open();
    const { document, ...rest } = offer();
    const spec = { ...document.spec, notifications: [{ url: 'http://chat' }] };
    world.offers.set(KEY, { ...rest, document: { ...document, spec } });
    world.answer = 500;
    await begin();
    await pass(10_000);
    expect([webNotes[0], notes]).toEqual([expect.stringContaining('http://chat was not told'), []]);
  });

  it('goes on from what another one has stored', async () => {
    const first = open();
    await first.begin();
    const state = first.driver.stateOf(KEY);
    const second = open(new Map(state === undefined ? [] : [[KEY, JSON.parse(JSON.stringify(state)) as RolloutState]]));
    await second.begin();
    expect(second.driver.stateOf(KEY)?.step?.id).toBe(state?.step?.id);
    expect(second.changes()).toBe(0);
  });

  it('goes on from what somebody else has written, and answers who was asking', async () => {
    const { driver, begin, pass, saved, world } = open();
    await begin();
    const state = { ...driver.stateOf(KEY)!, sequence: 40 };
    world.isStorable = false;
    const asked = driver.request(KEY, { id: 'one', verb: 'abort', by: 'ada', atMs: START_MS });
    driver.adopt(KEY, state);
    world.isStorable = true;
    await pass(750);
    expect(saved.some(({ sequence }) => sequence > 40)).toBe(false);
    await pass(500);
    expect(await asked).toMatchObject({ isAccepted: true });
    expect(saved.at(-1)?.sequence).toBeGreaterThan(40);
    driver.adopt(KEY, undefined);
    expect(driver.stateOf(KEY)?.phase).toBe('Stable');
  });

  it('stores what it knows once more under a document that was written or made anew, and not for what it has stored itself', async () => {
    const { driver, begin, saved, world, pass, changes } = open();
    await begin();
    const known = world.offers.get(KEY)!;
    const writes = saved.length;
    const { split } = driver.stateOf(KEY)!;
    const inForce = { ...known.document, status: { split: JSON.parse(JSON.stringify(split)) as typeof split } };
    world.offers.set(KEY, { ...known, document: inForce });
    await pass(1000);
    expect(saved.length).toBe(writes);
    const effects = changes();
    world.offers.set(KEY, { ...known, document: { ...known.document } });
    await pass(1000);
    expect([saved.length, saved.at(-1), changes()]).toEqual([writes + 1, driver.stateOf(KEY), effects]);
  });

  it('answers who asks once that is decided and stored', async () => {
    const { driver, begin, pass, news, saved } = open();
    await begin();
    const asked = driver.request(KEY, { id: 'one', verb: 'abort', by: 'ada', atMs: START_MS });
    await pass(250);
    expect(await asked).toMatchObject({ isAccepted: true, by: 'ada' });
    expect(saved.some(({ split }) => split?.candidateShare === 0)).toBe(true);
    await pass(1000);
    expect(driver.stateOf(KEY)?.phase).toBe('Aborted');
    expect(news.find(({ type }) => type === 'Aborted')?.by).toBe('ada');
    const refused = driver.request(KEY, { id: 'two', verb: 'promote', by: 'bob', atMs: START_MS });
    await pass(250);
    expect(await refused).toMatchObject({ isAccepted: false });
    expect(await driver.request('shop/other', { id: 'three', verb: 'abort', by: 'bob', atMs: 0 })).toBeUndefined();
  });

  it('begins anew where a Rollout is about another Service, which nothing of before serves', async () => {
    const { driver, begin, world, pass } = open();
    await begin();
    const { document, ...rest } = offer();
    const spec = { ...document.spec, targetRef: { ...document.spec.targetRef, name: 'stock' } };
    const revisions = { s1: { ready: 1, wanted: 1 }, s2: { ready: 1, wanted: 1 } };
    world.offers.set(KEY, { ...rest, document: { ...document, spec }, offered: 's2', firstStable: 's1', revisions });
    // Documents are compiled before anybody looks again.
    expect(driver.inForce(KEY, 'stock')).toBeUndefined();
    await pass(500);
    expect(driver.inForce(KEY, 'stock')).toMatchObject({ stable: 's1', candidate: 's2' });
  });

  it('goes on with a Rollout that had no say for a while from where it was', async () => {
    const { driver, begin, world, pass, saved } = open();
    await begin();
    const given = offer();
    world.isWaiting = true;
    world.offers.delete(KEY);
    const before = saved.length;
    await pass(500);
    expect([driver.inForce(KEY, 'shop')?.candidateShare, saved.length]).toEqual([2000, before]);
    expect(await driver.request(KEY, { id: 'one', verb: 'abort', by: 'ada', atMs: START_MS })).toBeUndefined();
    world.offers.set(KEY, given);
    await pass(500);
    expect(driver.inForce(KEY, 'shop')?.candidateShare).toBe(2000);
  });

  it('forgets a Rollout that is gone', async () => {
    const { driver, begin, world, pass } = open();
    await begin();
    world.offers.delete(KEY);
    await pass(500);
    expect(driver.inForce(KEY, 'shop')).toBeUndefined();
  });
});
