// SPDX-License-Identifier: Apache-2.0
import type { ResourceName } from '@weir/policy/snapshot';

/** The name of a resource, bound to what it stands for now: whoever holds it goes on while the resource changes. */
export interface Reference<Value> {
  readonly name: ResourceName;
  /** Undefined = it is not known: whatever depends on it refuses. */
  current: Value | undefined;
}

/** What an update has prepared of policies; nothing of it serves before the commit. */
export type PolicyEdit = Map<ResourceName, () => void>;

/** One reference for each name, also of what is not known yet. */
export class References<Value> {
  private readonly byName = new Map<ResourceName, Reference<Value>>();

  has(name: ResourceName): boolean {
    return this.byName.has(name);
  }

  all(): Iterable<Reference<Value>> {
    return this.byName.values();
  }

  of(name: ResourceName): Reference<Value> {
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    const reference: Reference<Value> = { name, current: undefined };
    this.byName.set(name, reference);
    return reference;
  }
}
