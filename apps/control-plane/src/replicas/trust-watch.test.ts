// SPDX-License-Identifier: Apache-2.0
import { createMemorySecrets } from '@weir/identity';
import { createManualClock } from '@weir/testing';
import type { ManualClock } from '@weir/testing';
import { beforeEach, expect, it } from 'vitest';
import { LeafLedger } from '../identity/leaf-ledger.ts';
import { ReplicaCircle } from './replica-circle.ts';
import type { TrustQuestion } from './replica-link.ts';
import type { ReplicaPlace } from './replica-place.ts';
import { TrustWatch } from './trust-watch.ts';
import { trustFromWire, trustToWire } from './trust-wire.ts';
import type { ToldTrust } from './trust-wire.ts';

const DAY_MS = 86_400_000;
const NO_ENTRIES = { entries: [], position: 0, isPartial: false };
const leaf = { fingerprint: 'first', identity: 'shop/cart', root: 'root', notAfterMs: DAY_MS };

let clock: ManualClock;
let places: ReplicaPlace[];
let answer: (name: string) => ToldTrust;
let questions: TrustQuestion[];
let ledger: LeafLedger;
let watch: TrustWatch;
let isRotating: boolean;
let notes: string[];
/** Called when the circle is looked at. */
let onFind: () => void;

function told(fields: Partial<ToldTrust> = {}): ToldTrust {
  return { ...{ instance: 'a', bundleVersion: 'two', acked: [], missing: [], knownForMs: 0, ledger: NO_ENTRIES }, ...fields };
}

beforeEach(() => {
  clock = createManualClock();
  [notes, onFind] = [[], () => undefined];
  [places, questions, isRotating, answer] = [[{ name: 'weir-1', address: '10.0.0.1' }], [], true, () => told()];
  ledger = new LeafLedger({ secrets: createMemorySecrets(), clock, hasReplicas: true }, []);
  const circle = new ReplicaCircle({
    ...{ clock, onNote: () => undefined },
    find: () => {
      onFind();
      return places;
    },
    connect: ({ name }) => ({
      acks: () => Promise.reject(new Error('nobody asks')),
      splits: () => Promise.reject(new Error('nobody asks')),
      rollouts: () => Promise.reject(new Error('nobody asks')),
      requestRollout: () => Promise.reject(new Error('nobody asks')),
      trust: question => {
        questions.push(question);
        return new Promise(resolve => {
          // As it comes over the wire.
          resolve(trustFromWire(trustToWire(answer(name))));
        });
      },
      close: () => undefined,
    }),
  });
  const onNote = (text: string): void => void notes.push(text);
  const followed = () => ({ bundleVersion: 'two', acked: ['shop/own/one'], missing: [] });
  watch = new TrustWatch({ clock, circle, ledger, followed, instance: 'self', isRotating: () => isRotating, onNote });
});

async function round(): Promise<void> {
  clock.advance(1_000);
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

it('takes over what another replica has noted, from where it read it last', async () => {
  answer = () => told({ ledger: { entries: [{ leaf, isReplaced: false }], position: 7, isPartial: true }, knownForMs: DAY_MS });
  await round();
  expect(ledger.current()).toEqual([leaf]);
  expect(watch.missing('two')).toEqual(['replica weir-1: is still telling which certificates it gave']);
  expect(watch.knownForMs).toBe(1_000);
  answer = () => told({ ledger: { ...NO_ENTRIES, position: 8 }, knownForMs: DAY_MS });
  await round();
  expect(questions.map(({ position }) => position)).toEqual([0n, 7n]);
  expect([watch.missing('two'), watch.knownForMs]).toEqual([[], DAY_MS]);
  const said = { instance: 'self', knownForMs: DAY_MS, ledger: { entries: [{ leaf }] } };
  expect(watch.tell({ position: 0n, wantsProxies: true })).toMatchObject({
    ...said,
    bundleVersion: 'two',
    acked: ['shop/own/one'],
  });
  expect(watch.tell({ position: 0n, wantsProxies: false })).toMatchObject({ ...said, bundleVersion: '', acked: [] });
});

it('begins anew with another process, and believes nothing that it did not ask for', async () => {
  answer = () => told({ ledger: { ...NO_ENTRIES, position: 9 } });
  await round();
  answer = () => told({ instance: 'b' });
  await round();
  expect(watch.missing('two')).toEqual(['replica weir-1: does not answer']);
  await round();
  expect(questions.map(({ position }) => position)).toEqual([0n, 9n, 0n]);
  expect(watch.missing('two')).toEqual([]);
});

it('says who has not followed, and who has not said so', async () => {
  answer = () => told({ bundleVersion: 'one', acked: ['shop/cart/two'] });
  await round();
  expect([watch.missing('two'), watch.acked()]).toEqual([['replica weir-1: does not have the bundle yet'], ['shop/cart/two']]);
  answer = () => told({ missing: ['shop/cart/two: has not acknowledged the bundle'] });
  await round();
  expect(watch.missing('two')).toEqual(['replica weir-1: shop/cart/two: has not acknowledged the bundle']);
  isRotating = false;
  await round();
  expect(watch.missing('two')).toEqual(['replica weir-1: was not asked yet']);
  answer = () => {
    throw new Error('refused');
  };
  for (let count = 0; count < 6; count++) await round();
  expect(watch.missing('two')).toEqual(['replica weir-1: does not answer']);
  places = [];
  await round();
  expect(watch.missing('two')).toEqual(['replica weir-1 is gone, and its proxies may be on their way']);
  for (let count = 0; count < 20; count++) await round();
  expect(watch.missing('two')).toEqual([]);
});

it('goes on after a round that went wrong, and ends when it is stopped', async () => {
  onFind = () => {
    throw new Error('no documents');
  };
  await round();
  await round();
  expect(notes).toEqual(['other replicas cannot be asked about certificates: no documents']);
  onFind = () => undefined;
  await round();
  expect(questions).toHaveLength(1);
  answer = () => told({ ledger: { entries: [{ leaf, isReplaced: false }], position: 1, isPartial: false } });
  clock.advance(1_000);
  watch.stop();
  await round();
  expect([questions.length, ledger.current()]).toEqual([2, []]);
});

it('knows nothing any more of what was given, once one is gone that had long been silent', async () => {
  places = [...places, { name: 'weir-2', address: '10.0.0.2' }];
  let isSilent = false;
  answer = name => {
    if (isSilent && name === 'weir-2') throw new Error('refused');
    return told({ knownForMs: DAY_MS });
  };
  await round();
  expect(watch.knownForMs).toBe(DAY_MS);
  isSilent = true;
  for (let count = 0; count < 6; count++) await round();
  places = places.slice(0, 1);
  await round();
  expect(watch.knownForMs).toBe(0);
  // What the other one says before it can have noticed, is not believed.
  for (let count = 0; count < 19; count++) await round();
  expect(watch.knownForMs).toBe(19_000);
  await round();
  expect(watch.knownForMs).toBe(DAY_MS);
});

it('knows what one gave that was heard until it went, or began anew', async () => {
  answer = () => told({ knownForMs: DAY_MS });
  await round();
  answer = () => told({ instance: 'b' });
  await round();
  await round();
  places = [];
  await round();
  expect(watch.knownForMs).toBe(DAY_MS + 3_000);
});
