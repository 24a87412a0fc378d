// SPDX-License-Identifier: Apache-2.0
import { createMemorySecrets } from '@weir/identity';
import type { SecretStore } from '@weir/identity';
import { openAuthority } from '@weir/identity/authority';
import { createManualClock, createSeededRandom } from '@weir/testing';
import type { ManualClock } from '@weir/testing';
import { expect, it } from 'vitest';
import { openLeafLedger } from './leaf-ledger.ts';
import { RotationDriver } from './rotation-driver.ts';
import type { TrustElsewhere } from './rotation-driver.ts';

const LEAF_MS = 600_000;
const DAY_MS = 86_400_000;
const NOBODY = { version: undefined, changedMs: 0, acked: [], pending: [], refusing: [] };

/** As a store that is shared has it; nobody comes in between here. */
function createSharedSecrets(): SecretStore {
  const secrets = createMemorySecrets();
  return { ...secrets, transact: work => work(secrets) };
}

interface ReplicaOptions {
  readonly clock: ManualClock;
  readonly isLeading: () => boolean;
  readonly seed: number;
  readonly elsewhere: TrustElsewhere;
}

async function replica(secrets: SecretStore, { clock, isLeading, seed, elsewhere }: ReplicaOptions) {
  const parts = { secrets, clock, random: createSeededRandom(seed), trustDomain: 'weir.local', leafLifetimeMs: LEAF_MS };
  const authority = await openAuthority(parts);
  const told: string[] = [];
  const ledger = await openLeafLedger({ secrets: createMemorySecrets(), clock, hasReplicas: true });
  const driver = new RotationDriver({
    elsewhere: () => elsewhere,
    ...{ ledger, authority, clock, isLeading, acks: { statusOf: () => NOBODY }, hasFollowed: () => true },
    onBundle: () => void told.push(`bundle ${authority.bundle().sequence}`),
    onPhase: phase => void told.push(phase),
    onNote: text => void told.push(text),
  });
  return { authority, driver, told, ledger };
}

async function pass(clock: ManualClock, ms: number): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += 10_000) {
    clock.advance(10_000);
    for (let turn = 0; turn < 20; turn++) await new Promise(resolve => void setImmediate(resolve));
  }
}

it('waits in each phase until whoever may have a leaf has the bundle, where another replica does not say who has', async () => {
  const clock = createManualClock(Date.UTC(2026, 0, 1));
  const secrets = createSharedSecrets();
  const elsewhere = { acked: () => [], missing: () => ['replica weir-1: does not answer'], knownForMs: 0 };
  const leader = await replica(secrets, { clock, elsewhere, isLeading: () => true, seed: 1 });
  const other = await replica(secrets, { clock, elsewhere, isLeading: () => false, seed: 2 });
  // The operator asks the one that does not lead.
  const view = await other.driver.rotate({ isForced: false });
  expect(view.waitingFor).toEqual([
    'replica weir-1: does not answer',
    'whoever has a leaf from before the replicas began: it has expired at 2026-01-01T00:11:00.000Z',
  ]);
  await pass(clock, 30_000);
  expect([leader.told, other.told]).toEqual([
    ['bundle 2', 'Introducing'],
    ['bundle 2', 'Introducing'],
  ]);
  expect(leader.authority.bundle()).toEqual(other.authority.bundle());
  await pass(clock, LEAF_MS);
  expect(leader.told.at(-1)).toBe('Introducing');
  await pass(clock, 120_000);
  expect([leader.told.at(-1), other.told.at(-1)]).toEqual(['Issuing', 'Issuing']);
  await pass(clock, 3 * LEAF_MS);
  expect([leader.told.at(-1), other.told.at(-1)]).toEqual(['Stable', 'Stable']);
  expect(leader.authority.bundle()).toEqual(other.authority.bundle());
  leader.driver.stop();
  other.driver.stop();
});

it('takes the next step as soon as the proxies of all replicas have followed', async () => {
  const clock = createManualClock(Date.UTC(2026, 0, 1));
  const elsewhere = {
    acked: () => ['shop/cart/one'],
    missing: (): readonly string[] => ['replica weir-1: late'],
    knownForMs: DAY_MS,
  };
  const { authority, driver, ledger, told } = await replica(createSharedSecrets(), {
    ...{ clock, elsewhere, isLeading: () => true, seed: 1 },
  });
  const note = (before: string): Promise<void> => {
    const root = authority.bundle().issuingRoot;
    return ledger.note({ fingerprint: root, identity: 'shop/cart', root, notAfterMs: clock.wallMs() + LEAF_MS }, before);
  };
  await note('');
  const before = authority.bundle().issuingRoot;
  expect((await driver.rotate({ isForced: false })).waitingFor).toEqual(['replica weir-1: late']);
  await pass(clock, 60_000);
  expect(told.at(-1)).toBe('Introducing');
  elsewhere.missing = () => [];
  await pass(clock, 10_000);
  expect(told.at(-1)).toBe('Issuing');
  expect(driver.view().waitingFor).toEqual(['shop/cart: 1 of 1 valid leaves are of the other root']);
  await note(before);
  await pass(clock, 20_000);
  expect(told.at(-1)).toBe('Stable');
  driver.stop();
});
