// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@weir/testing';
import type { Weir } from '@weir/testing';

/** Waits until all workers serve what `isLive` has seen in effect at one of them. */
export async function liveEverywhere(weir: Weir, isLive: () => Promise<boolean>): Promise<void> {
  await waitFor(isLive, { what: () => `the change to be live\n${weir.child.output}` });
  await waitFor(() => isComplete(weir), { what: 'the change to be live in all workers' });
}

async function isComplete(weir: Weir): Promise<boolean> {
  const status = (await weir.admin('GET', '/status')).json() as { readonly isLiveEverywhere: boolean };
  return status.isLiveEverywhere;
}
