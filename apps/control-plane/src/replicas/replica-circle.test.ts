// SPDX-License-Identifier: Apache-2.0
import { createManualClock } from '@weir/testing';
import type { ManualClock } from '@weir/testing';
import type { AckDigest } from '@weir/sync/server';
import { beforeEach, expect, it } from 'vitest';
import { ReplicaCircle } from './replica-circle.ts';
import type { AnsweredAcks, ReplicaLink } from './replica-link.ts';
import type { ReplicaPlace } from './replica-place.ts';

const NOTHING: AckDigest = { acked: [], waiting: [], away: [], gone: [], refusing: [] };
const CART = { key: 'HTTPRoute/shop/cart', edition: 'one' };

let clock: ManualClock;
let places: ReplicaPlace[];
let notes: string[];
/** By the name of a replica; a replica that is not there hangs. */
let scripts: Map<string, () => AnsweredAcks>;
let closed: string[];
let circle: ReplicaCircle;

function connect({ name, address }: ReplicaPlace): ReplicaLink {
  return {
    acks: (_objects, signal) => {
      const script = scripts.get(name);
      if (script !== undefined) {
        return new Promise(resolve => {
          resolve(script());
        });
      }
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    },
    trust: () => Promise.reject(new Error('nobody asks')),
    splits: () => Promise.reject(new Error('nobody asks')),
    rollouts: () => Promise.reject(new Error('nobody asks')),
    requestRollout: () => Promise.reject(new Error('nobody asks')),
    close: () => void closed.push(`${name} ${address}`),
  };
}

beforeEach(() => {
  clock = createManualClock();
  [places, notes, closed, scripts] = [[], [], [], new Map()];
  circle = new ReplicaCircle({ clock, connect, find: () => places, onNote: text => void notes.push(text) });
});

function says(name: string, digest: AckDigest | undefined, { key = CART.key, instance = 'first' } = {}): void {
  scripts.set(name, () => ({ instance, digests: new Map([[key, digest]]) }));
}

it('asks each of those that there are, and knows who was not asked, has not read it, or does not answer', async () => {
  places = ['weir-1', 'weir-2', 'weir-3'].map((name, index) => ({ name, address: `10.0.0.${index}` }));
  circle.look();
  expect(circle.heardOf(CART)).toMatchObject({ isComplete: false, digests: [] });
  expect(circle.heardOf(CART).unheard[0]).toBe('replica weir-1 was not asked yet');
  says('weir-1', { ...NOTHING, acked: ['mesh/a'] });
  says('weir-2', undefined);
  const asking = circle.ask([CART]);
  clock.advance(2_000);
  await asking;
  expect(circle.heardOf(CART)).toEqual({
    isComplete: true,
    digests: [{ ...NOTHING, acked: ['mesh/a'] }],
    unheard: ['replica weir-2 has not read this version yet', 'replica weir-3 does not answer'],
  });
  expect(notes).toEqual(['replica weir-3 (10.0.0.2) does not answer: no answer within 2 s']);
  says('weir-3', NOTHING);
  clock.advance(1_000);
  await circle.ask([CART]);
  expect(notes.at(-1)).toBe('replica weir-3 answers again');
  expect(circle.heardOf(CART).unheard).toEqual(['replica weir-2 has not read this version yet']);
  expect(circle.heardOf({ ...CART, edition: 'two' })).toMatchObject({ isComplete: false, digests: [] });
});

it('keeps what a replica said before it fell silent, for a minute', async () => {
  places = [{ name: 'weir-1', address: '10.0.0.1' }];
  circle.look();
  says('weir-1', { ...NOTHING, waiting: ['mesh/a'] });
  await circle.ask([CART]);
  scripts.set('weir-1', () => {
    throw new Error('refused');
  });
  await circle.ask([CART]);
  expect(circle.heardOf(CART)).toMatchObject({ digests: [{ waiting: ['mesh/a'] }], unheard: [] });
  clock.advance(60_000);
  await circle.ask([CART]);
  expect(circle.heardOf(CART)).toMatchObject({ digests: [], unheard: ['replica weir-1 does not answer'] });
});

it('tells once that a replica does not answer, in however many ways', async () => {
  places = [{ name: 'weir-1', address: '10.0.0.1' }];
  circle.look();
  for (const words of ['refused', 'reset']) {
    scripts.set('weir-1', () => {
      throw new Error(words);
    });
    await circle.ask([CART]);
  }
  expect(notes).toEqual(['replica weir-1 (10.0.0.1) does not answer: refused']);
});

it('does not take what was left out of an answer for answered', async () => {
  places = [{ name: 'weir-1', address: '10.0.0.1' }];
  circle.look();
  says('weir-1', NOTHING, { key: 'HTTPRoute/shop/other' });
  await circle.ask([CART]);
  expect(circle.heardOf(CART)).toMatchObject({ isComplete: false, unheard: ['replica weir-1 was not asked yet'] });
});

it('knows nothing while the proxies of a replica that is gone may be on their way, and forgets it then', () => {
  places = [{ name: 'weir-1', address: '10.0.0.1' }];
  circle.look();
  places = [];
  circle.look();
  expect([closed, circle.others]).toEqual([['weir-1 10.0.0.1'], []]);
  expect(circle.heardOf(CART).unheard).toEqual(['replica weir-1 is gone, and its proxies may be on their way']);
  clock.advance(20_000);
  circle.look();
  expect(circle.heardOf(CART)).toEqual({ isComplete: true, digests: [], unheard: [] });
});

it('begins anew with a replica that has another address', async () => {
  places = [{ name: 'weir-1', address: '10.0.0.1' }];
  says('weir-1', NOTHING);
  circle.look();
  await circle.ask([CART]);
  places = [{ name: 'weir-1', address: '10.0.0.2' }];
  circle.look();
  expect(closed).toEqual(['weir-1 10.0.0.1']);
  expect(circle.heardOf(CART).isComplete).toBe(false);
});

it('knows nothing for a while where a replica has begun anew: its proxies come back by and by', async () => {
  places = [{ name: 'weir-1', address: '10.0.0.1' }];
  circle.look();
  says('weir-1', { ...NOTHING, acked: ['mesh/a'] });
  await circle.ask([]);
  says('weir-1', NOTHING, { instance: 'second' });
  await circle.ask([CART]);
  const unheard = ['replica weir-1 has begun anew, and its proxies may be on their way'];
  expect(circle.heardOf(CART)).toEqual({ isComplete: true, digests: [NOTHING], unheard });
  clock.advance(20_000);
  circle.look();
  expect(circle.heardOf(CART).unheard).toEqual([]);
});
