// SPDX-License-Identifier: Apache-2.0
import type { ResolvedRollout } from '@weir/policy/compile';
import { parseDocuments } from '@weir/policy/documents';
import { createManualClock } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import type { RolloutState } from '../state/rollout-state.ts';
import { RolloutDesk } from './rollout-desk.ts';
import type { Rollout } from './rollout-ports.ts';

const KEY = 'shop/cart';
const TEXT = `
apiVersion: weir.dev/v1alpha1
kind: Rollout
metadata: { name: cart, namespace: shop }
spec:
  targetRef: { name: cart }
  revisions: { services: { stable: v1, candidate: v2 } }
  strategy: { canary: { steps: [{ weight: 20 }, { pause: {} }] } }
`;
const { documents } = parseDocuments(TEXT, 'cart.yaml');
const DOCUMENT = documents[0] as Rollout;

function resolved(candidate: string, unread?: string, conflict?: 'Conflicted'): ResolvedRollout {
  const ready = { ready: 1, wanted: 1 };
  const endpoints = { v1: ready, [candidate]: ready };
  const accepted = { status: 'True', reason: 'Accepted', message: '' } as const;
  const findings = {
    Accepted: conflict === undefined ? accepted : ({ status: 'False', reason: conflict, message: '' } as const),
  };
  const document = unread === undefined ? DOCUMENT : { ...DOCUMENT, unread };
  return { document, services: { stable: 'v1', candidate, endpoints }, findings, issues: [] };
}

function open(states: ReadonlyMap<string, RolloutState> = new Map(), candidate = 'v2', unread?: string, conflict?: 'Conflicted') {
  const clock = createManualClock(1_700_000_000_000);
  const known = new Map(states);
  const removed: string[] = [];
  const desk = new RolloutDesk({
    clock,
    store: {
      load: () => Promise.resolve(new Map(known)),
      save: (key, state) => {
        if (state === undefined) removed.push(key);
        else known.set(key, state);
        return Promise.resolve();
      },
    },
    world: {
      rollouts: () => new Map([[KEY, resolved(candidate, unread, conflict)]]),
      arrivalOf: () => {
        const step = known.get(KEY)?.split?.step ?? '';
        return { step, of: 1, acked: 1, waiting: [], refusing: [], gone: [], unheard: [] };
      },
      isConnected: () => true,
      sideOf: () => 'edge',
      onInForce: () => undefined,
    },
    web: { post: () => Promise.resolve(200), get: () => Promise.resolve({}) },
    reconnectMs: 17_000,
    onNews: () => undefined,
    onNote: () => undefined,
  });
  const pass = async (ms: number): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += 250) {
      for (let turn = 0; turn < 100; turn++) await Promise.resolve();
      clock.advance(250);
    }
    for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  };
  return { desk, known, removed, pass };
}

describe('the desk of Rollouts', () => {
  it('puts what is in force into documents, the same ones as long as that is the same', async () => {
    const { desk, pass } = open();
    await desk.open();
    const given = new Map([['Rollout/shop/cart', DOCUMENT]]);
    desk.start();
    await pass(1000);
    const driven = desk.withSplits(given).get('Rollout/shop/cart');
    expect(driven).toMatchObject({ status: { split: { stable: 'v1', candidate: 'v2', candidateShare: 2000 } } });
    expect(desk.withSplits(given).get('Rollout/shop/cart')).toBe(driven);
    expect(driven?.hash).not.toBe(DOCUMENT.hash);
  });

  it('counts nobody as all who are there before proxies have had time to come back', async () => {
    const first = open();
    await first.desk.open();
    first.desk.start();
    await first.pass(1000);
    const second = open(first.known);
    await second.desk.open();
    second.desk.start();
    const asked = second.desk.request(KEY, { id: 'one', verb: 'abort', by: 'ada' });
    await second.pass(10_000);
    expect(await asked).toMatchObject({ isAccepted: true });
    expect(second.known.get(KEY)).toMatchObject({ phase: 'Aborting', split: { candidateShare: 0 } });
    await second.pass(8000);
    expect(second.known.get(KEY)?.phase).toBe('Aborted');
  });

  it('asks nobody to wait who comes to lead long after its process began', async () => {
    const first = open();
    await first.desk.open();
    first.desk.start();
    await first.pass(1000);
    const second = open(first.known);
    await second.pass(20_000);
    await second.desk.open();
    second.desk.start();
    const asked = second.desk.request(KEY, { id: 'one', verb: 'abort', by: 'ada' });
    await second.pass(1000);
    expect(await asked).toMatchObject({ isAccepted: true });
    expect(second.known.get(KEY)?.phase).toBe('Aborted');
  });

  it('goes on from what is stored each time that it is opened', async () => {
    const { desk, known, pass } = open();
    await desk.open();
    desk.start();
    await pass(1000);
    const state = known.get(KEY)!;
    desk.stop();
    expect([desk.isDriving, await desk.request(KEY, { id: 'one', verb: 'abort', by: 'ada' })]).toEqual([false, undefined]);
    known.set(KEY, { ...state, sequence: state.sequence + 5 });
    await desk.open();
    desk.start();
    const asked = desk.request(KEY, { id: 'two', verb: 'abort', by: 'ada' });
    await pass(1000);
    expect([desk.isDriving, await asked]).toMatchObject([true, { isAccepted: true }]);
    expect(known.get(KEY)?.sequence).toBeGreaterThan(state.sequence + 5);
  });

  it('decides nothing of what cannot be read', async () => {
    const { desk, known, pass } = open(new Map(), 'v2', 'it cannot be read');
    await desk.open();
    desk.start();
    await pass(1000);
    expect([known.size, desk.views()]).toEqual([0, []]);
  });

  it('does not forget what it knows of one in whose place another one divides the Service', async () => {
    const done: RolloutState = {
      ...{ phase: 'Stable', waitingFor: 'Nothing', message: 'v2 has all requests.', conditions: [], sequence: 4, stable: 'v2' },
      split: { step: '4-x', stable: 'v1', candidate: 'v2', candidateShare: 10_000, mirrorShare: 0, isStableForgotten: true },
    };
    const { desk, known, removed, pass } = open(new Map([[KEY, done]]), 'v2', undefined, 'Conflicted');
    await desk.open();
    desk.start();
    await pass(1000);
    expect([removed, known.get(KEY)?.stable, desk.views()]).toEqual([[], 'v2', []]);
  });

  it('takes another annotation at the Service that is stable for no new revision', async () => {
    const done: RolloutState = {
      ...{ phase: 'Stable', waitingFor: 'Nothing', message: 'v2@1 has all requests.', conditions: [], sequence: 4 },
      stable: 'v2@1',
      split: { step: '4-x', stable: 'v1', candidate: 'v2@1', candidateShare: 10_000, mirrorShare: 0, isStableForgotten: true },
    };
    const { desk, known, pass } = open(new Map([[KEY, done]]), 'v2@2');
    await desk.open();
    desk.start();
    await pass(20_000);
    expect(known.get(KEY)).toMatchObject({ phase: 'Stable', stable: 'v2@1' });
  });
});
