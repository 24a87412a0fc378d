// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';
import type { SecretStore } from '@weir/identity';

const FILE = 'epoch.json';

/**
 * The epoch of this process's revisions: larger than that of every earlier one, whatever became of the clock in between. Proxies never
 * believe a control plane that seems to have gone back.
 */
export async function nextEpoch(secrets: SecretStore, clock: Pick<Clock, 'wallMs'>): Promise<number> {
  const before = Number(await secrets.read(FILE));
  const epoch = Math.max(Math.floor(clock.wallMs()), Number.isSafeInteger(before) ? before + 1 : 1);
  await secrets.write(FILE, `${epoch}\n`);
  return epoch;
}
