// SPDX-License-Identifier: Apache-2.0
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { RequestRolloutResponseSchema, RolloutsResponseSchema } from '@weir/sync/messages';
import type { RolloutView } from '@weir/rollouts/drive';
import { createManualClock } from '@weir/testing';
import type { ManualClock } from '@weir/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { ReplicaCircle } from '../replica-circle.ts';
import type { ReplicaLink } from '../replica-link.ts';
import type { ReplicaPlace } from '../replica-place.ts';
import { LeadingRollouts } from './leading-rollouts.ts';
import { OwnRollouts } from './own-rollouts.ts';
import type { AnsweredWish, RolloutWish } from './rollout-wish.ts';
import { answerFromWire, answerToWire, rolloutsFromWire, rolloutsToWire } from './rollouts-wire.ts';

const WISH: RolloutWish = { rollout: 'shop/cart', id: 'one', verb: 'promote', isFull: true, by: 'ada' };
const DONE: AnsweredWish = { isKnown: true, isAccepted: true, answer: 'It goes on.' };
const PLACES: readonly ReplicaPlace[] = ['weir-1', 'weir-2'].map((name, i) => ({ name, address: `10.0.0.${i}` }));

/** What another replica does with a question: it leads, it does not, it answers nothing. */
type Part = 'leads' | 'fails' | 'follows' | 'hangs';

let clock: ManualClock;
let parts: Record<string, Part>;
let wishes: string[];
let views: readonly RolloutView[];
let answer: AnsweredWish;

beforeEach(() => {
  clock = createManualClock();
  [parts, wishes, views, answer] = [{ 'weir-1': 'follows', 'weir-2': 'leads' }, [], [viewOf('cart')], DONE];
});

function viewOf(name: string): RolloutView {
  const seen = { requests: 1, failures: 0, successPercent: 100, p50Ms: undefined, p99Ms: undefined };
  const both = { stable: seen, candidate: seen };
  return {
    ...{ namespace: 'shop', name, service: name, strategy: 'canary', state: undefined, steps: ['weight 5'] },
    ...{ seen: { edge: both, mesh: both }, analysis: [] },
  };
}

function answered<Answer>(name: string, signal: AbortSignal, value: Answer): Promise<Answer | undefined> {
  const part = parts[name];
  if (part === 'leads') return Promise.resolve(value);
  if (part === 'follows') return Promise.resolve(undefined);
  if (part === 'fails') return Promise.reject(new Error('refused'));
  const { promise, reject } = Promise.withResolvers<undefined>();
  signal.addEventListener('abort', () => reject(signal.reason as Error));
  return promise;
}

function linkTo({ name }: ReplicaPlace): ReplicaLink {
  const nobody = (): Promise<never> => Promise.reject(new Error('nobody asks'));
  return {
    ...{ acks: nobody, trust: nobody, splits: nobody, close: () => undefined },
    rollouts: (rollout, signal) =>
      answered(name, signal, rollout === undefined ? views : views.filter(view => `shop/${view.name}` === rollout)),
    requestRollout: (wish, signal) => {
      wishes.push(`${name} ${wish.verb} ${wish.rollout} by ${wish.by}`);
      return answered(name, signal, answer);
    },
  };
}

function open(own: { readonly isDriving: boolean } = { isDriving: false }): LeadingRollouts {
  const desk = {
    get isDriving(): boolean {
      return own.isDriving;
    },
    views: () => [viewOf('own')],
    view: (key: string) => (key === 'shop/own' ? viewOf('own') : undefined),
    request: (key: string) =>
      Promise.resolve(key === 'shop/own' ? { ...WISH, atMs: 0, isAccepted: false, answer: 'No.' } : undefined),
  };
  const circle = new ReplicaCircle({ clock, find: () => PLACES, connect: linkTo, onNote: () => undefined });
  return new LeadingRollouts({ own: new OwnRollouts({ desk, isLeading: () => true }), circle });
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

describe('Rollouts, whichever replica is asked', () => {
  it('are as the one has them that leads, and what is asked of them is asked of that one', async () => {
    const rollouts = open();
    expect(await rollouts.views()).toEqual(views);
    expect(await rollouts.view('shop/cart')).toEqual(viewOf('cart'));
    expect(await rollouts.view('shop/other')).toBeUndefined();
    expect(await rollouts.request(WISH)).toEqual(DONE);
    expect(wishes).toContain('weir-2 promote shop/cart by ada');
    answer = { isKnown: false };
    expect(await rollouts.request(WISH)).toEqual({ isKnown: false });
  });

  it('are its own where it leads, and nobody is asked', async () => {
    const rollouts = open({ isDriving: true });
    expect(await rollouts.views()).toEqual([viewOf('own')]);
    expect(await rollouts.request({ ...WISH, rollout: 'shop/own' })).toEqual({ isKnown: true, isAccepted: false, answer: 'No.' });
    expect(await rollouts.request(WISH)).toEqual({ isKnown: false });
    expect(wishes).toEqual([]);
  });

  it('wait for no replica that hangs once the one that leads has answered', async () => {
    parts['weir-1'] = 'hangs';
    expect(await open().views()).toEqual(views);
  });

  it('are known to nobody while no replica leads', async () => {
    parts['weir-2'] = 'follows';
    const away = { status: 503, code: 'nobody-leads' };
    await expect(open().views()).rejects.toMatchObject({
      ...away,
      message: expect.stringContaining('as while another one') as unknown,
    });
    await expect(open().request(WISH)).rejects.toMatchObject(away);
  });

  it('may have had done to them what was asked where a replica does not answer', async () => {
    parts = { 'weir-1': 'fails', 'weir-2': 'hangs' };
    const asked = open().request(WISH);
    const refused = expect(asked).rejects.toMatchObject({
      message:
        'no replica that answers drives Rollouts at present, and replica weir-1, replica weir-2 do not answer; look at the Rollout before you ask again: it may have been done, or be done yet',
    });
    await settle();
    clock.advance(9_000);
    await settle();
    clock.advance(1_000);
    await refused;
  });

  it('are not said to be none by one that ceases to lead while it is asked', async () => {
    const own = { isDriving: true };
    const asked = open(own).request(WISH);
    own.isDriving = false;
    expect(await asked).toEqual(DONE);
  });
});

it('views and answers come over the wire as they went', () => {
  const both = [viewOf('cart'), viewOf('pay')];
  const wire = toBinary(RolloutsResponseSchema, rolloutsToWire(both));
  expect(rolloutsFromWire(fromBinary(RolloutsResponseSchema, wire))).toEqual(JSON.parse(JSON.stringify(both)));
  expect(rolloutsFromWire(rolloutsToWire(undefined))).toBeUndefined();
  for (const one of [DONE, { isKnown: false } as const, undefined]) {
    const bytes = toBinary(RequestRolloutResponseSchema, answerToWire(one));
    expect(answerFromWire(fromBinary(RequestRolloutResponseSchema, bytes))).toEqual(one);
  }
});
