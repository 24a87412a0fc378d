// SPDX-License-Identifier: Apache-2.0
import type { ParentGateway } from '../gateway/parent-gateway.ts';
import { ResultTable } from '../incremental/result-table.ts';
import { documentOf } from '../inventory/document-of.ts';
import { changedKeys } from '../inventory/inventory.ts';
import type { Inventory, InventoryChange } from '../inventory/inventory.ts';
import { TrackedLookup } from '../inventory/tracked-lookup.ts';
import { resolveRoute } from './resolve-route.ts';
import type { ResolvedRoute } from './resolved-route.ts';

/** A route that was resolved again, with what it was before. */
export interface RouteChange {
  readonly before: ResolvedRoute | undefined;
  readonly after: ResolvedRoute | undefined;
}

/** Resolves HTTPRoutes. */
export class RouteStage {
  private readonly table = new ResultTable<ResolvedRoute>();
  private readonly inventory: Inventory;
  private readonly parents: ReadonlyMap<string, ParentGateway>;

  constructor(inventory: Inventory, parents: ReadonlyMap<string, ParentGateway>) {
    this.inventory = inventory;
    this.parents = parents;
  }

  get routes(): ReadonlyMap<string, ResolvedRoute> {
    return this.table.values;
  }

  /** `parentTopics`: of Gateways that changed for their routes. By key, what was resolved again. */
  renew(change: InventoryChange, parentTopics: readonly string[]): ReadonlyMap<string, RouteChange> {
    const dirty = this.table.keysReading([...change.topics, ...parentTopics]);
    for (const key of changedKeys(change, 'HTTPRoute')) dirty.add(key);
    const changes = new Map<string, RouteChange>();
    for (const key of dirty) {
      const before = this.routes.get(key);
      this.renewRoute(key);
      changes.set(key, { before, after: this.routes.get(key) });
    }
    return changes;
  }

  private renewRoute(key: string): void {
    const document = documentOf('HTTPRoute', this.inventory.ofKind('HTTPRoute').get(key));
    if (document === undefined) {
      this.table.forget(key);
      return;
    }
    const lookup = new TrackedLookup(this.inventory, this.parents);
    this.table.renew(key, { value: resolveRoute(document, lookup), topics: lookup.topics });
  }
}
