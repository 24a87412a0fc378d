// SPDX-License-Identifier: Apache-2.0
import { ResultTable } from '../incremental/result-table.ts';
import { documentOf } from '../inventory/document-of.ts';
import type { ListenerSetDocument } from '../inventory/document-of.ts';
import { changedKeys } from '../inventory/inventory.ts';
import type { Inventory, InventoryChange } from '../inventory/inventory.ts';
import { TrackedLookup } from '../inventory/tracked-lookup.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { Issue } from '../issue.ts';
import { describeMissing } from '../reference/missing-object.ts';
import { parentOfSet } from './listener-set-parent.ts';

/** A ListenerSet whose Gateway is not there: no Gateway speaks for it. */
export interface LostSet {
  readonly issues: readonly Issue[];
}

/** Finds ListenerSets that no Gateway, ours or foreign, answers for. */
export class LostSetStage {
  private readonly table = new ResultTable<LostSet>();
  private readonly inventory: Inventory;

  constructor(inventory: Inventory) {
    this.inventory = inventory;
  }

  get sets(): ReadonlyMap<string, LostSet> {
    return this.table.values;
  }

  /** Keys of sets that are lost or found, new or gone. */
  renew(change: InventoryChange): ReadonlySet<string> {
    const dirty = this.table.keysReading(change.topics);
    for (const key of changedKeys(change, 'ListenerSet')) dirty.add(key);
    for (const key of dirty) this.renewSet(key);
    return dirty;
  }

  private renewSet(key: string): void {
    const document = documentOf('ListenerSet', this.inventory.ofKind('ListenerSet').get(key));
    if (document === undefined) {
      this.table.forget(key);
      return;
    }
    const lookup = new TrackedLookup(this.inventory);
    const issue = missingParent(document, lookup);
    this.table.renew(key, { value: issue === undefined ? undefined : { issues: [issue] }, topics: lookup.topics });
  }
}

function missingParent(document: ListenerSetDocument, lookup: Lookup): Issue | undefined {
  const base = { document, severity: 'error', code: 'parent-not-found' } as const;
  const parent = parentOfSet(document);
  if (parent === undefined) {
    const { group, kind } = document.spec.parentRef;
    const message = `spec.parentRef names a ${kind} of group "${group}", and listeners join Gateways only`;
    return { ...base, path: 'spec.parentRef.kind', message, hint: 'write kind: Gateway' };
  }
  if (lookup.get('Gateway', parent.namespace, parent.name) !== undefined) return undefined;
  const { message, hint } = describeMissing(lookup, { kind: 'Gateway', ...parent, from: document.namespace });
  return { ...base, path: 'spec.parentRef.name', message: `spec.parentRef ${message}`, hint };
}
