// SPDX-License-Identifier: Apache-2.0
import type { CredentialReader } from '../certificate/credential-reader.ts';
import { ResultTable } from '../incremental/result-table.ts';
import { UseCounts } from '../incremental/use-counts.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { TrackedLookup } from '../inventory/tracked-lookup.ts';
import type { PolicyIndex } from '../policy/policy-index.ts';
import type { ResolvedFilter, ResolvedRoute, ResolvedRule } from '../route/resolved-route.ts';
import type { RouteChange } from '../route/route-stage.ts';
import { keyOfTarget } from './backend-target.ts';
import type { BackendTarget } from './backend-target.ts';
import { resolveBackend } from './resolve-backend.ts';
import type { ResolvedBackend } from './resolve-backend.ts';

export interface BackendSources {
  readonly credentials: CredentialReader;
  readonly policies: PolicyIndex;
  readonly mesh: { readonly isOn: boolean };
}

/** What somebody uses of backends, before and after a change; one that is named twice is used twice. */
export interface BackendUses {
  readonly before: readonly BackendTarget[];
  readonly after: readonly BackendTarget[];
}

/** Resolves the Service ports that routes and policies use, and no others: a cluster has many more. */
export class BackendStage {
  private readonly table = new ResultTable<ResolvedBackend>();
  private readonly uses = new UseCounts();
  private readonly targets = new Map<string, BackendTarget>();
  private readonly inventory: Inventory;
  private readonly sources: BackendSources;

  constructor(inventory: Inventory, sources: BackendSources) {
    this.inventory = inventory;
    this.sources = sources;
  }

  get backends(): ReadonlyMap<string, ResolvedBackend> {
    return this.table.values;
  }

  /** Keys of backends that are new, were resolved again, or are used no more. `topics`: of what has changed. */
  renew(topics: Iterable<string>, changes: Iterable<BackendUses>): ReadonlySet<string> {
    const dirty = this.table.keysReading(topics);
    for (const { before, after } of changes) {
      // Taken before it is given back: what both use stays.
      for (const target of after) {
        const key = keyOfTarget(target);
        this.targets.set(key, target);
        if (this.uses.acquire(key)) dirty.add(key);
      }
      for (const key of before.map(keyOfTarget)) {
        this.uses.release(key);
        if (!this.uses.isUsed(key)) dirty.add(key);
      }
    }
    for (const key of dirty) this.renewBackend(key);
    return dirty;
  }

  private renewBackend(key: string): void {
    const target = this.targets.get(key);
    if (target === undefined || !this.uses.isUsed(key)) {
      this.table.forget(key);
      this.targets.delete(key);
      return;
    }
    const { credentials, policies, mesh } = this.sources;
    const lookup = new TrackedLookup(this.inventory, { policies, mesh });
    this.table.renew(key, { value: resolveBackend(target, { lookup, credentials }), topics: lookup.topics });
  }
}

export function usesOfRoutes(changes: Iterable<RouteChange>): readonly BackendUses[] {
  return [...changes].map(({ before, after }) => ({ before: targetsOf(before), after: targetsOf(after) }));
}

/** Every Service port that a route sends requests to, mirrors and who is asked included; one that is named twice is used twice. */
export function targetsOf(route: ResolvedRoute | undefined): readonly BackendTarget[] {
  if (route === undefined) return [];
  const called = route.rules.flatMap(({ traffic }) =>
    [...traffic.values()].flatMap(({ backends }) => backends.flatMap(({ target }) => target ?? [])),
  );
  const own = route.rules.flatMap(({ mesh }) => [...mesh.values()].flatMap(({ ownBackend }) => ownBackend ?? []));
  return [...called, ...own, ...writtenTargetsOf(route)];
}

function writtenTargetsOf(route: ResolvedRoute): readonly BackendTarget[] {
  if (route.flow === 'streams') return route.rules.flatMap(({ backends }) => backends.flatMap(({ target }) => target ?? []));
  return route.rules.flatMap(targetsOfRule);
}

/** As written: where a rule sends requests, mirrors and who is asked included. */
export function targetsOfRule({ backends, filters }: ResolvedRule): readonly BackendTarget[] {
  const others = [...filters, ...backends.flatMap(backend => backend.filters)];
  return [...backends.flatMap(({ target }) => target ?? []), ...others.flatMap(filter => targetOfFilter(filter) ?? [])];
}

function targetOfFilter(filter: ResolvedFilter): BackendTarget | undefined {
  if (filter.kind === 'requestMirror') return filter.target;
  return filter.kind === 'externalAuth' ? filter.authorization.target : undefined;
}
