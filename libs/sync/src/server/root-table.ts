// SPDX-License-Identifier: Apache-2.0
import type { ResourceName } from '@weir/policy/snapshot';
import type { Root } from '../messages/root.ts';
import type { Catalog, Change, Entry } from './catalog.ts';
import { reach } from './closure.ts';

/** A root that somebody subscribed to. What it leads to is computed once for all who did. */
export interface RootState<Subscriber> {
  readonly root: Root;
  names: ReadonlySet<ResourceName>;
  isMissing: boolean;
  readonly subscribers: Set<Subscriber>;
}

/** A root that leads elsewhere than before, or to nothing now or no longer, with the names that came and went. */
export interface Moved<Subscriber> {
  readonly state: RootState<Subscriber>;
  readonly names: readonly ResourceName[];
  /** Whether there is something at the root that was not, or no longer is. */
  readonly isOther: boolean;
}

/** All roots with subscribers, and for each name the roots that lead to it. */
export class RootTable<Subscriber> {
  private readonly states = new Map<Root, RootState<Subscriber>>();
  private readonly leading = new Map<ResourceName, Set<RootState<Subscriber>>>();
  private readonly catalog: Catalog;

  constructor(catalog: Catalog) {
    this.catalog = catalog;
  }

  acquire(root: Root, subscriber: Subscriber): RootState<Subscriber> {
    const state = this.states.get(root) ?? this.create(root);
    state.subscribers.add(subscriber);
    return state;
  }

  release(state: RootState<Subscriber>, subscriber: Subscriber): void {
    state.subscribers.delete(subscriber);
    if (state.subscribers.size > 0) return;
    this.states.delete(state.root);
    for (const name of state.names) this.unlink(name, state);
  }

  /** Roots that lead to a name. */
  leadingTo(name: ResourceName): ReadonlySet<RootState<Subscriber>> {
    return this.leading.get(name) ?? new Set();
  }

  isReached(name: ResourceName, subscriber: Subscriber): boolean {
    for (const state of this.leadingTo(name)) if (state.subscribers.has(subscriber)) return true;
    return false;
  }

  /** Follows the references anew of roots that `changes` may have led elsewhere. */
  refresh(changes: readonly Change[]): readonly Moved<Subscriber>[] {
    const affected = new Set(changes.flatMap(change => this.affectedBy(change)));
    return [...affected].map(state => this.follow(state)).filter(moved => moved !== undefined);
  }

  private create(root: Root): RootState<Subscriber> {
    const state: RootState<Subscriber> = { root, ...reach(root, this.catalog), subscribers: new Set() };
    this.states.set(root, state);
    for (const name of state.names) this.link(name, state);
    return state;
  }

  private follow(state: RootState<Subscriber>): Moved<Subscriber> | undefined {
    const before = state.names;
    const wasMissing = state.isMissing;
    const { names, isMissing } = reach(state.root, this.catalog);
    const added = [...names].filter(name => !before.has(name));
    const dropped = [...before].filter(name => !names.has(name));
    for (const name of added) this.link(name, state);
    for (const name of dropped) this.unlink(name, state);
    state.names = names;
    state.isMissing = isMissing;
    const moved = [...added, ...dropped];
    const isOther = isMissing !== wasMissing;
    return moved.length > 0 || isOther ? { state, names: moved, isOther } : undefined;
  }

  private affectedBy({ name, before, after }: Change): readonly RootState<Subscriber>[] {
    if (before !== undefined && after !== undefined && leadsAlike(before, after)) return [];
    const listeners = [...(before?.attached ?? []), ...(after?.attached ?? [])];
    const owners = listeners.flatMap(listener => [...this.catalog.ownersOf.get(listener)]);
    return [...[name, ...owners].flatMap(one => [...this.leadingTo(one)]), ...this.byKindOrAddress(before ?? after)];
  }

  private byKindOrAddress(entry: Entry | undefined): readonly RootState<Subscriber>[] {
    if (entry === undefined) return [];
    const address = entry.resource.kind === 'workload' ? this.states.get(`address:${entry.resource.address}`) : undefined;
    return [this.states.get(`all:${entry.kind}`), address].filter(state => state !== undefined);
  }

  private link(name: ResourceName, state: RootState<Subscriber>): void {
    const known = this.leading.get(name);
    if (known === undefined) this.leading.set(name, new Set([state]));
    else known.add(state);
  }

  private unlink(name: ResourceName, state: RootState<Subscriber>): void {
    const known = this.leading.get(name);
    known?.delete(state);
    if (known?.size === 0) this.leading.delete(name);
  }
}

function leadsAlike(one: Entry, other: Entry): boolean {
  return (
    areEqual(one.references, other.references) &&
    areEqual(one.listeners, other.listeners) &&
    areEqual(one.attached, other.attached)
  );
}

function areEqual(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((value, i) => value === other[i]);
}
