// SPDX-License-Identifier: Apache-2.0
import { createManualClock, createScriptedRandom } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { GateKeeper } from './gate-keeper.ts';
import type { GatedPod } from './gate-keeper.ts';
import { createHoldingReader } from './read-holding-rollouts.ts';
import { passTime, ScriptedApi } from './scripted-api.ts';

const ROLLOUTS = '/apis/weir.dev/v1alpha1/namespaces/shop/rollouts';
const statusOf = (name: string, namespace = 'shop'): string => `/api/v1/namespaces/${namespace}/pods/${name}/status`;
const pod = (name: string, hash = 'bbb', namespace = 'shop'): GatedPod => ({ namespace, name, deployment: 'cart', hash });

const rollout = (status: object | undefined, deployment = 'cart'): object => ({
  ...{ metadata: { name: deployment }, spec: { revisions: { deployment: { name: deployment } } }, status },
});

function open(...gated: readonly GatedPod[]) {
  const [api, clock] = [new ScriptedApi(), createManualClock(Date.parse('2026-01-31T12:00:00.500Z'))];
  const state = { gated };
  const notes: string[] = [];
  const keeper = new GateKeeper({
    ...{ connection: api, clock, random: createScriptedRandom(0.5), onNote: (text: string) => void notes.push(text) },
    gated: () => state.gated,
    rolloutsOf: createHoldingReader(api),
  });
  const pass = (ms: number): Promise<void> => passTime(clock, ms);
  const opened = (): readonly string[] => api.patches.map(({ path }) => path);
  return { api, keeper, state, notes, pass, opened };
}

describe('gates of Pods', () => {
  it('stay closed as long as a Rollout holds the revision back, and open once it is promoted', async () => {
    const { api, keeper, pass, opened } = open(pod('b-1'), pod('c-1', 'ccc'));
    api.answers.set(ROLLOUTS, { items: [rollout({ stable: 'aaa', candidate: 'bbb' })] });
    keeper.lead(new AbortController().signal);
    await pass(6_000);
    expect(opened()).toEqual([]);
    api.answers.set(ROLLOUTS, { items: [rollout({ stable: 'aaa', candidate: 'bbb', openGates: true })] });
    keeper.touch();
    await pass(1_100);
    expect(opened()).toEqual([statusOf('b-1')]);
    expect(api.patches[0]).toMatchObject({
      contentType: 'application/strategic-merge-patch+json',
      body: {
        status: {
          conditions: [
            { type: 'weir.dev/promoted', status: 'True', reason: 'Promoted', lastTransitionTime: '2026-01-31T12:00:07Z' },
          ],
        },
      },
    });
  });

  it.each([
    ['there is no such kind', undefined],
    ['its Rollout is gone', { items: [] }],
    ['the Rollout is of another Deployment', { items: [rollout({ stable: 'aaa' }, 'basket')] }],
    ['the Rollout has two Services', { items: [{ spec: { revisions: { services: {} } } }] }],
    ['its Rollout knows no stable', { items: [rollout(undefined)] }],
    ['its revision is stable', { items: [rollout({ stable: 'bbb' })] }],
  ])('open where %s', async (_, answer) => {
    const { api, keeper, pass, opened } = open(pod('b-1'));
    if (answer !== undefined) api.answers.set(ROLLOUTS, answer);
    keeper.lead(new AbortController().signal);
    await pass(100);
    expect(opened()).toEqual([statusOf('b-1')]);
  });

  it('are opened once, and again where the documents still have them closed', async () => {
    const { keeper, pass, opened } = open(pod('b-1'));
    keeper.lead(new AbortController().signal);
    await pass(4_000);
    expect(opened()).toHaveLength(1);
    await pass(6_100);
    expect(opened()).toHaveLength(2);
  });

  it('stay closed where Rollouts cannot be read, in the other namespaces not', async () => {
    const { api, keeper, notes, pass, opened } = open(pod('b-1'), pod('d-1', 'bbb', 'edge'));
    api.answers.set(ROLLOUTS, new Error('no answer'));
    keeper.lead(new AbortController().signal);
    await pass(100);
    expect(opened()).toEqual([statusOf('d-1', 'edge')]);
    expect(notes).toEqual(['Rollouts of namespace shop cannot be read, and are asked for again: no answer']);
  });

  it('are tried again where one cannot be opened, the others at once', async () => {
    const { api, keeper, notes, pass, opened } = open(pod('b-1'), pod('b-2'));
    api.answers.set(statusOf('b-1'), new Error('forbidden'));
    keeper.lead(new AbortController().signal);
    await pass(100);
    expect(opened()).toEqual([statusOf('b-2')]);
    expect(notes).toEqual(['Pod shop/b-1 cannot be made ready (weir.dev/promoted), and is tried again: forbidden']);
    api.answers.delete(statusOf('b-1'));
    await pass(1_000);
    expect(opened()).toEqual([statusOf('b-2'), statusOf('b-1')]);
  });

  it('are opened at a rate that an API server bears', async () => {
    const { keeper, pass, opened } = open(...Array.from({ length: 200 }, (_, index) => pod(`b-${index}`)));
    keeper.lead(new AbortController().signal);
    await pass(100);
    expect(opened().length).toBeLessThan(120);
    await pass(4_000);
    expect(new Set(opened()).size).toBe(200);
  });

  it('are left alone by who does not lead', async () => {
    const { keeper, pass, opened } = open(pod('b-1'));
    keeper.touch();
    const term = new AbortController();
    keeper.lead(term.signal);
    term.abort();
    await pass(6_000);
    expect(opened()).toEqual([]);
  });
});
