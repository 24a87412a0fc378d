// SPDX-License-Identifier: Apache-2.0
import { createMemorySecrets } from '@weir/identity';
import type { SecretStore } from '@weir/identity';
import { openAuthority } from '@weir/identity/authority';
import { createManualClock, createSeededRandom } from '@weir/testing';
import { expect, it } from 'vitest';
import { openLeafLedger } from './leaf-ledger.ts';
import { RotationDriver } from './rotation-driver.ts';

const LEAF_MS = 600_000;
const NOBODY = { version: undefined, changedMs: 0, acked: [], pending: [], refusing: [] };

/** As a store that is shared has it; nobody comes in between here. */
function createSharedSecrets(): SecretStore {
  const secrets = createMemorySecrets();
  return { ...secrets, transact: work => work(secrets) };
}

async function replica(
  secrets: SecretStore,
  { clock, isLeading, seed }: { clock: ReturnType<typeof createManualClock>; isLeading: () => boolean; seed: number },
) {
  const parts = { secrets, clock, random: createSeededRandom(seed), trustDomain: 'weir.local', leafLifetimeMs: LEAF_MS };
  const authority = await openAuthority(parts);
  const told: string[] = [];
  const driver = new RotationDriver({
    ...{ authority, clock, isLeading, acks: { statusOf: () => NOBODY }, hasFollowed: () => true },
    ledger: await openLeafLedger(createMemorySecrets(), clock),
    onBundle: () => void told.push(`bundle ${authority.bundle().sequence}`),
    onPhase: phase => void told.push(phase),
    onNote: text => void told.push(text),
  });
  return { authority, driver, told };
}

it('waits in each phase until whoever has a leaf has the bundle, as no replica knows the proxies of the others', async () => {
  const clock = createManualClock(Date.UTC(2026, 0, 1));
  const secrets = createSharedSecrets();
  const leader = await replica(secrets, { clock, isLeading: () => true, seed: 1 });
  const other = await replica(secrets, { clock, isLeading: () => false, seed: 2 });
  const pass = async (ms: number): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += 10_000) {
      clock.advance(10_000);
      for (let turn = 0; turn < 20; turn++) await new Promise(resolve => void setImmediate(resolve));
    }
  };
  // The operator asks the one that does not lead.
  const view = await other.driver.rotate({ isForced: false });
  expect(view.waitingFor).toEqual(['proxies of all replicas: whoever has a leaf has this bundle at 2026-01-01T00:11:00.000Z']);
  await pass(30_000);
  expect([leader.told, other.told]).toEqual([
    ['bundle 2', 'Introducing'],
    ['bundle 2', 'Introducing'],
  ]);
  expect(leader.authority.bundle()).toEqual(other.authority.bundle());
  await pass(LEAF_MS);
  expect(leader.told.at(-1)).toBe('Introducing');
  await pass(120_000);
  expect([leader.told.at(-1), other.told.at(-1)]).toEqual(['Issuing', 'Issuing']);
  await pass(3 * LEAF_MS);
  expect([leader.told.at(-1), other.told.at(-1)]).toEqual(['Stable', 'Stable']);
  expect(leader.authority.bundle()).toEqual(other.authority.bundle());
  leader.driver.stop();
  other.driver.stop();
});
