// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';
import { inOneStep } from '@weir/identity';
import type { SecretStore } from '@weir/identity';

const FILE = 'epoch.json';

/**
 * The epoch of this process's revisions: larger than that of every earlier one, whatever became of the clock in between. Proxies never
 * believe a control plane that seems to have gone back.
 */
export function nextEpoch(secrets: SecretStore, clock: Pick<Clock, 'wallMs'>): Promise<number> {
  return inOneStep(secrets, async draft => {
    const before = Number(await draft.read(FILE));
    const epoch = Math.max(Math.floor(clock.wallMs()), Number.isSafeInteger(before) ? before + 1 : 1);
    await draft.write(FILE, `${epoch}\n`);
    return epoch;
  });
}
