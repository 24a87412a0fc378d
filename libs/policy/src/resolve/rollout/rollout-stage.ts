// SPDX-License-Identifier: Apache-2.0
import { ResultTable } from '../incremental/result-table.ts';
import { documentOf } from '../inventory/document-of.ts';
import { changedKeys } from '../inventory/inventory.ts';
import type { Inventory, InventoryChange } from '../inventory/inventory.ts';
import { TrackedLookup } from '../inventory/tracked-lookup.ts';
import { resolveRollout } from './resolve-rollout.ts';
import type { ResolvedRollout } from './resolve-rollout.ts';

const KIND = 'Rollout';

/** Resolves Rollouts; what they divide is resolved with the backends. */
export class RolloutStage {
  private readonly table = new ResultTable<ResolvedRollout>();
  private readonly inventory: Inventory;
  private readonly isInCluster: boolean;

  constructor(inventory: Inventory, isInCluster: boolean) {
    this.inventory = inventory;
    this.isInCluster = isInCluster;
  }

  /** By `namespace/name`. */
  get rollouts(): ReadonlyMap<string, ResolvedRollout> {
    return this.table.values;
  }

  /** Keys of the Rollouts that were resolved again, or are gone. */
  renew(change: InventoryChange): ReadonlySet<string> {
    const dirty = this.table.keysReading(change.topics);
    for (const key of changedKeys(change, KIND)) dirty.add(key);
    for (const key of dirty) this.renewRollout(key);
    return dirty;
  }

  private renewRollout(key: string): void {
    const document = documentOf(KIND, this.inventory.ofKind(KIND).get(key));
    if (document === undefined) {
      this.table.forget(key);
      return;
    }
    const lookup = new TrackedLookup(this.inventory);
    this.table.renew(key, { value: resolveRollout(document, lookup, this.isInCluster), topics: lookup.topics });
  }
}
