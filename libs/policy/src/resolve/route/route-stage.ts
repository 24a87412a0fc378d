// SPDX-License-Identifier: Apache-2.0
import { ResultTable } from '../incremental/result-table.ts';
import { documentOf } from '../inventory/document-of.ts';
import { changedKeys } from '../inventory/inventory.ts';
import type { Inventory, InventoryChange } from '../inventory/inventory.ts';
import type { LookupSources } from '../inventory/tracked-lookup.ts';
import { TrackedLookup } from '../inventory/tracked-lookup.ts';
import { concludeRoute } from './conclude-route.ts';
import { HostContest } from './host-contest.ts';
import { resolveRoute } from './resolve-route.ts';
import type { RouteDraft } from './resolve-route.ts';
import type { ResolvedRoute } from './resolved-route.ts';
import { ROUTE_KINDS } from './route-document.ts';
import type { RouteDocument } from './route-document.ts';

/** A route that was resolved again, with what it was before. */
export interface RouteChange {
  readonly before: ResolvedRoute | undefined;
  readonly after: ResolvedRoute | undefined;
}

/** Resolves routes of all kinds: each by itself, then what HTTPRoutes and GRPCRoutes leave to each other. */
export class RouteStage {
  /** By `Kind/namespace/name`. */
  readonly routes = new Map<string, ResolvedRoute>();
  private readonly drafts = new ResultTable<RouteDraft>();
  private readonly contest = new HostContest();
  private readonly inventory: Inventory;
  private readonly sources: Required<LookupSources>;

  constructor(inventory: Inventory, sources: Required<LookupSources>) {
    this.inventory = inventory;
    this.sources = sources;
  }

  /** `topics`: of what other stages have found anew and routes look at. By key, what was resolved again. */
  renew(change: InventoryChange, topics: Iterable<string>): ReadonlyMap<string, RouteChange> {
    const dirty = this.drafts.keysReading([...change.topics, ...topics]);
    for (const kind of ROUTE_KINDS) for (const key of changedKeys(change, kind)) dirty.add(`${kind}/${key}`);
    const renewed = new Map([...dirty].map(key => [key, this.renewDraft(key)]));
    const affected = this.contest.apply(renewed);
    return new Map([...dirty.union(affected)].map(key => [key, this.conclude(key)]));
  }

  private renewDraft(key: string): RouteDraft | undefined {
    const document = this.documentAt(key);
    if (document === undefined) {
      this.drafts.forget(key);
      return undefined;
    }
    const lookup = new TrackedLookup(this.inventory, this.sources);
    const draft = resolveRoute(document, lookup);
    this.drafts.renew(key, { value: draft, topics: lookup.topics });
    return draft;
  }

  private documentAt(key: string): RouteDocument | undefined {
    const slash = key.indexOf('/');
    const kind = ROUTE_KINDS.find(one => one === key.slice(0, slash));
    return kind === undefined ? undefined : documentOf(kind, this.inventory.ofKind(kind).get(key.slice(slash + 1)));
  }

  private conclude(key: string): RouteChange {
    const before = this.routes.get(key);
    const draft = this.drafts.values.get(key);
    const after = draft === undefined ? undefined : concludeRoute(draft, this.contest.rivalsOf(key));
    if (after === undefined) this.routes.delete(key);
    else this.routes.set(key, after);
    return { before, after };
  }
}
