// SPDX-License-Identifier: Apache-2.0
import type { Resource, ResourceName } from '@weir/policy/snapshot';
import type { Update } from './worker-messages.ts';

/** One update that leads where `first` and then `second` would. */
export function mergeUpdates(first: Update, second: Update): Update {
  // Undefined = removed.
  const changes = new Map<ResourceName, Resource | undefined>();
  for (const { transaction } of [first, second]) {
    for (const name of transaction.removes) changes.set(name, undefined);
    for (const resource of transaction.upserts) changes.set(resource.name, resource);
  }
  const upserts = [...changes.values()].filter(resource => resource !== undefined);
  const removes = [...changes].filter(([, resource]) => resource === undefined).map(([name]) => name);
  const isWhole = first.transaction.isWhole === true && second.transaction.isWhole === true;
  return {
    transaction: { version: second.transaction.version, upserts, removes, ...(isWhole ? { isWhole } : {}) },
    slots: [...new Map([...first.slots, ...second.slots])],
    health: [...new Map([...first.health, ...second.health].map(memory => [memory.label, memory])).values()],
    backendSlots: [...new Map([...first.backendSlots, ...second.backendSlots])],
  };
}
