// SPDX-License-Identifier: Apache-2.0
import { request, waitFor } from '@weir/testing';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { forward, route } from '../stage/documents.ts';
import { failuresOf, percentOf } from './stage/both-sides.ts';
import type { BothSides } from './stage/both-sides.ts';
import { healthy } from './stage/revisions.ts';
import { RolloutStage } from './stage/rollout-stage.ts';
import { NAMESPACE } from './stage/staged-rollout.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const PAUSED = { strategy: { canary: { steps: [{ weight: 30 }, { pause: {} }] } } };

let stage: RolloutStage;

beforeAll(async () => {
  stage = await RolloutStage.open({ revisions: { v1: healthy('v1'), v2: healthy('v2'), v3: healthy('v3') } });
});

beforeEach(async () => {
  await stage.rollout.begin(PAUSED);
  await stage.rollout.comesTo(30);
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

describe('documents that change while a new revision has a share', () => {
  it('keep the share where they cannot be read', async () => {
    const { rollout } = stage;
    const before = await rollout.state();
    await using load = stage.load();
    await rollout.write({ ...PAUSED, strategies: 'what is that' });
    await vi.waitFor(async () => expect(JSON.stringify((await stage.stage.askApi('/problems')).json)).toMatch(/strategies/v), {
      timeout: 5000,
    });
    expect(await rollout.state()).toMatchObject({ phase: 'Progressing', split: before!.split });
    await rollout.write(PAUSED);
    const seen = await load.more(1000);
    expect(failuresOf(seen)).toEqual([]);
    expect(await rollout.state()).toMatchObject({ phase: 'Progressing', split: before!.split });
  });

  it('lead to a third revision by way of stable', async () => {
    await using load = stage.load();
    await stage.rollout.with('v3').write(PAUSED);
    const { rollout } = stage;
    await rollout.comes('the third one', ({ candidate, split }) => candidate === 'v3' && split?.candidateShare === 3000);
    await rollout.comesTo(30);
    expect(failuresOf(load.take())).toEqual([]);
    expect(Object.keys((await load.more(300)).edge.answered).toSorted()).toEqual(['v1', 'v3']);
  });

  it('leave all requests to stable while the new revision has no endpoint, also once it had all', async () => {
    const { rollout } = stage;
    await rollout.write({ ...PAUSED, rollbackWindow: '1s' });
    await using load = stage.load();
    await goneAndBack(load, ['v1', 'v2']);
    expect(await rollout.ask('promote', { isFull: true })).toMatchObject({ status: 200 });
    await rollout.comesTo(100);
    await goneAndBack(load, ['v2']);
    await rollout.comes('to be stable', ({ phase, stable }) => phase === 'Stable' && stable === 'v2');
    expect(failuresOf(load.take())).toEqual([]);
  });
});

describe('a route that goes while a new revision has a share', () => {
  it('leaves the rollout to the proxies that have it still', async () => {
    const { rollout } = stage;
    const gone = route('catalogue', [forward('/', 'catalogue')]);
    await waitFor(hasTold, { what: 'the gateway to tell of the split' });
    await stage.stage.remove(gone);
    const isGone = async (): Promise<boolean> => (await request({ port: stage.ports.edge }, '/')).status === 404;
    await waitFor(isGone, { what: 'the route to be gone' });
    await rollout.write({ ...PAUSED, rollbackWindow: '1s' });
    expect(await rollout.ask('promote', { isFull: true })).toMatchObject({ status: 200 });
    await rollout.comes('to be stable', ({ phase, stable }) => phase === 'Stable' && stable === 'v2');
    await stage.stage.write(gone);
  });
});

describe('a gateway that starts while a new revision has a share', () => {
  it('has the share from its first request on, and the rollout goes on without the one before it', async () => {
    const { rollout } = stage;
    await stage.restartGateway();
    await using load = stage.load();
    const seen = await load.more(1500);
    expect(failuresOf(seen)).toEqual([]);
    expect(Math.abs(percentOf(seen.edge, 'v2') - 30)).toBeLessThan(6);
    expect(await rollout.ask('promote')).toMatchObject({ status: 200 });
    await rollout.comes('to be stable', ({ phase, stable }) => phase === 'Stable' && stable === 'v2');
    expect(failuresOf(load.take())).toEqual([]);
  });
});

/** Sends a request from outside; whether any was told of. */
async function hasTold(): Promise<boolean> {
  await request({ port: stage.ports.edge }, '/');
  const { json } = await stage.stage.askApi(`/rollouts/${NAMESPACE}/catalogue`);
  return (
    (json as { readonly seen: { readonly edge: { readonly stable: { readonly requests: number } } } }).seen.edge.stable.requests >
    0
  );
}

/** The endpoints of the new revision go, and come back; `then`: who answers with them. */
async function goneAndBack(load: BothSides, then: readonly string[]): Promise<void> {
  await stage.setReady('v2', false);
  await answeredBy(load, ['v1']);
  await stage.setReady('v2', true);
  await answeredBy(load, then);
}

/** Waits until these answer at both sides, and nobody else; no request may fail. */
async function answeredBy(load: BothSides, revisions: readonly string[]): Promise<void> {
  const isSo = async (): Promise<boolean> => {
    const seen = await load.more(100);
    expect(failuresOf(seen)).toEqual([]);
    return [seen.edge, seen.mesh].every(({ answered }) => isDeepStrictEqual(Object.keys(answered).toSorted(), revisions));
  };
  await waitFor(isSo, { what: `answers of ${revisions.join(' and ')} alone` });
}
