// SPDX-License-Identifier: Apache-2.0
import { parseDocuments } from '@weir/policy/documents';
import { createManualClock } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import type { RolloutState } from '../state/rollout-state.ts';
import { RolloutDriver } from './rollout-driver.ts';
import type { Rollout, RolloutOffer } from './rollout-ports.ts';
import { SplitObservations } from './split-observations.ts';

const KEY = 'shop/shop';
const TEXT = `
apiVersion: weir.dev/v1alpha1
kind: Rollout
metadata: { name: shop, namespace: shop }
spec:
  targetRef: { name: shop }
  revisions: { services: { stable: v1, candidate: v2 } }
  strategy: { canary: { steps: [{ weight: 20 }] } }
`;

function offerOf(): RolloutOffer {
  const { documents } = parseDocuments(TEXT, 'shop.yaml');
  const ready = { ready: 1, wanted: 1 };
  return {
    ...{ document: documents[0] as Rollout, offered: 'v2', firstStable: 'v1' },
    ...{ revisions: { v1: ready, v2: ready }, isDeploymentFinished: false },
  };
}

/** A driver of one Rollout whose store fails while it is told to. */
function driverWithFailingStore() {
  const clock = createManualClock();
  const told: string[] = [];
  let [isAway, saves] = [true, 0];
  const driver = new RolloutDriver(
    {
      ...{ clock, offers: () => new Map([[KEY, offerOf()]]), arrivalOf: () => undefined },
      store: {
        load: () => Promise.resolve(new Map()),
        save: () => {
          saves++;
          return isAway ? Promise.reject(new Error('it is away')) : Promise.resolve();
        },
      },
      ...{ onInForce: () => told.push('in force'), onNews: (_, { type }) => told.push(type), onNote: text => told.push(text) },
      ...{ post: () => Promise.resolve(200), get: () => Promise.resolve({}) },
    },
    new SplitObservations(),
  );
  const pass = async (ms: number): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += 250) {
      for (let turns = 0; turns < 20; turns++) await Promise.resolve();
      clock.advance(250);
    }
    for (let turns = 0; turns < 20; turns++) await Promise.resolve();
  };
  const mend = (): void => void (isAway = false);
  return { driver, told, pass, mend, saves: () => saves };
}

describe('a driver whose store fails', () => {
  it('is told once, asks again each second, and does nothing before it is stored', async () => {
    const { driver, told, pass, mend, saves } = driverWithFailingStore();
    driver.start();
    await pass(3000);
    expect(told).toEqual([`Rollout ${KEY} does not go on: its state cannot be stored: it is away`]);
    expect([saves() <= 4, driver.inForce(KEY, 'shop')]).toEqual([true, undefined]);
    mend();
    await pass(1500);
    expect(told.slice(1)).toEqual(['Started', 'in force']);
    expect(driver.inForce(KEY, 'shop')).toMatchObject({ candidate: 'v2', candidateShare: 0 });
    driver.stop();
  });
});

/** A driver of one Rollout whose store says when something is stored. */
function driverWithSlowStore() {
  const stored = new Map<string, RolloutState>();
  const offers = new Map([[KEY, offerOf()]]);
  const saved: (() => void)[] = [];
  const told: string[] = [];
  const driver = new RolloutDriver(
    {
      clock: createManualClock(),
      store: {
        load: () => Promise.resolve(new Map()),
        save: (key, state) => {
          if (state === undefined) stored.delete(key);
          else stored.set(key, state);
          return new Promise(resolve => void saved.push(resolve));
        },
      },
      offers: () => offers,
      arrivalOf: (_, step) => ({ step, of: 1, acked: 1, waiting: [], refusing: [], gone: [], unheard: [] }),
      onInForce: () => told.push('in force'),
      onNews: (_, { type }) => told.push(type),
      onNote: text => told.push(text),
      post: () => Promise.resolve(200),
      get: () => Promise.resolve({}),
    },
    new SplitObservations(),
  );
  return { driver, stored, offers, saved, told };
}

/** Lets everything go on that waits for nothing but what is stored. */
async function store(saved: (() => void)[]): Promise<void> {
  for (const resolve of saved.splice(0)) resolve();
  for (let turns = 0; turns < 20; turns++) await Promise.resolve();
}

describe('a driver whose store is slow', () => {
  it('does nothing more for a Rollout that is taken out while it is being stored', async () => {
    const { driver, stored, offers, saved, told } = driverWithSlowStore();
    const asked = driver.request(KEY, { id: 'r1', verb: 'pause', by: 'ada', atMs: 0 });
    offers.clear();
    driver.look();
    expect(await asked).toBeUndefined();
    await store(saved);
    await store(saved);
    expect([driver.inForce(KEY, 'shop'), [...stored.keys()], told]).toEqual([undefined, [], []]);
  });
});
