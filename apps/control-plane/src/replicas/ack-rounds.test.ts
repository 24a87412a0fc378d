// SPDX-License-Identifier: Apache-2.0
import { createManualClock } from '@weir/testing';
import type { ManualClock } from '@weir/testing';
import { beforeEach, expect, it } from 'vitest';
import { AckRounds } from './ack-rounds.ts';

let clock: ManualClock;
let rounds: AckRounds;
let unsettled: string[][];
/** What was done, in its order. */
let done: string[];
let ask: () => Promise<void>;

beforeEach(() => {
  clock = createManualClock();
  [unsettled, done, ask] = [[], [], () => Promise.resolve()];
  rounds = new AckRounds({
    clock,
    circle: {
      look: () => void done.push('look'),
      ask: objects => {
        done.push(`ask ${objects.map(({ key }) => key).join()}`);
        return ask();
      },
    },
    objects: {
      takeUnsettled: () => unsettled.shift() ?? [],
      editionsOf: keys => keys.map(key => ({ key, edition: 'one' })),
      settle: keys => void done.push(`settle ${keys.join()}`),
      get hasFresh() {
        return unsettled.length > 0;
      },
    },
    onNote: text => void done.push(text),
    onHeard: keys => void done.push(`heard ${keys.join()}`),
  });
});

async function rest(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

it('asks about what is new at once, part by part, and settles it before it is told of', async () => {
  unsettled = [['a', 'b'], ['c']];
  rounds.touch();
  await rest();
  expect(done).toEqual([...['look', 'ask a,b', 'settle a,b', 'heard a,b'], ...['look', 'ask c', 'settle c', 'heard c']]);
});

it('asks again every half second, and not while it is asking', async () => {
  let answer = (): void => undefined;
  ask = () => new Promise(resolve => void (answer = resolve));
  unsettled = [['a']];
  clock.advance(500);
  await rest();
  clock.advance(500);
  rounds.touch();
  await rest();
  expect(done).toEqual(['look', 'ask a']);
  answer();
  await rest();
  expect(done).toEqual(['look', 'ask a', 'settle a', 'heard a']);
  unsettled = [['b']];
  clock.advance(500);
  expect(done.slice(4)).toEqual(['look', 'ask b']);
});

it('goes on after a round that went wrong', async () => {
  ask = () => Promise.reject(new Error('no documents'));
  rounds.touch();
  await rest();
  ask = () => Promise.resolve();
  clock.advance(500);
  await rest();
  expect(done.slice(1)).toEqual([
    'ask ',
    'other replicas cannot be asked about objects: no documents',
    'look',
    'ask ',
    'settle ',
    'heard ',
  ]);
});

it('asks nobody about objects that all have, and nobody any more once it is stopped', async () => {
  await rounds.hear([]);
  expect(done).toEqual([]);
  let answer = (): void => undefined;
  ask = () => new Promise(resolve => void (answer = resolve));
  unsettled = [['a'], ['b']];
  rounds.touch();
  rounds.stop();
  answer();
  await rest();
  await rounds.hear(['a']);
  expect(done).toEqual(['look', 'ask a']);
});
