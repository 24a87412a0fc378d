// SPDX-License-Identifier: Apache-2.0
import { openSecretDirectory } from '@weir/identity';
import type { RolloutStore } from '@weir/rollouts/drive';
import { acquireStateLease } from '../state/state-lease.ts';
import { storedRollouts } from './stored-rollouts.ts';

export interface OpenRolloutStore {
  readonly store: RolloutStore;
  /** Lets others have the directory. */
  close(): Promise<void>;
}

/** States of Rollouts in a directory that is in use by one process at a time. Throws StartError where another has it, IdentityError. */
export async function openRolloutStore(directory: string): Promise<OpenRolloutStore> {
  const lease = await acquireStateLease(directory);
  try {
    return { store: storedRollouts(await openSecretDirectory(directory)), close: () => lease.release() };
  } catch (reason) {
    await lease.release();
    throw reason;
  }
}
