// SPDX-License-Identifier: Apache-2.0
import { createManualClock } from '@weir/testing';
import type { ManualClock } from '@weir/testing';
import type { AckDigest } from '@weir/sync/server';
import { beforeEach, expect, it } from 'vitest';
import { OtherReplica } from './other-replica.ts';
import type { ObjectEdition } from './replica-link.ts';

const NOTHING: AckDigest = { acked: [], waiting: [], away: [], gone: [], refusing: [] };

let clock: ManualClock;
/** How many objects an answer has; undefined: it hangs. */
let room: number | undefined;
let questions: string[];
let replica: OtherReplica;

const editionsOf = (count: number): readonly ObjectEdition[] =>
  Array.from({ length: count }, (_, index) => ({ key: String(index), edition: 'one' }));

beforeEach(() => {
  clock = createManualClock();
  [room, questions] = [2, []];
  replica = new OtherReplica({
    ...{ clock, place: { name: 'weir-1', address: '10.0.0.1' }, onRestart: () => undefined, onNote: () => undefined },
    link: {
      acks: (objects, signal) => {
        questions.push(objects.map(({ key }) => key).join());
        if (room !== undefined) {
          const digests = new Map(objects.slice(0, room).map(({ key }) => [key, NOTHING]));
          return Promise.resolve({ instance: 'first', digests });
        }
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        });
      },
      trust: () => Promise.reject(new Error('nobody asks')),
      splits: () => Promise.reject(new Error('nobody asks')),
      rollouts: () => Promise.reject(new Error('nobody asks')),
      requestRollout: () => Promise.reject(new Error('nobody asks')),
      close: () => undefined,
    },
  });
});

it('is asked again for what did not fit in its answer', async () => {
  await replica.ask(editionsOf(5));
  expect(questions).toEqual(['0,1,2,3,4', '2,3,4', '4']);
  expect(editionsOf(5).every(object => replica.answerTo(object) !== undefined)).toBe(true);
});

it('is asked ten times at most, and about what is left first the next time', async () => {
  room = 1;
  await replica.ask(editionsOf(12));
  expect([questions.length, replica.answerTo({ key: '10', edition: 'one' })]).toEqual([10, undefined]);
  clock.advance(500);
  await replica.ask(editionsOf(12));
  expect(questions.slice(10, 12)).toEqual(['10,11,0,1,2,3,4,5,6,7,8,9', '11,0,1,2,3,4,5,6,7,8,9']);
});

it('is asked once where it answers nothing, and rests for a second after it hung', async () => {
  room = 0;
  await replica.ask(editionsOf(2));
  expect(questions).toEqual(['0,1']);
  room = undefined;
  const asking = replica.ask(editionsOf(1));
  clock.advance(2_000);
  await asking;
  await replica.ask(editionsOf(2));
  expect([questions.length, replica.answerTo({ key: '1', edition: 'one' })]).toEqual([2, { silence: 'does not answer' }]);
  room = 2;
  clock.advance(1_000);
  await replica.ask(editionsOf(2));
  expect([questions.length, replica.answerTo({ key: '1', edition: 'one' })]).toEqual([3, { digest: NOTHING }]);
});
