// SPDX-License-Identifier: Apache-2.0
import type { ResourceName } from '@weir/policy/snapshot';

/**
 * Divides what changed into the parts that may take effect without each other: two names belong together when there is something,
 * changed or not, that leads to both. `references` are those of before and after together; `all` are the names that may lead anywhere.
 */
export function partsOf(
  changed: readonly ResourceName[],
  references: (name: ResourceName) => readonly ResourceName[],
  all: Iterable<ResourceName>,
): readonly ReadonlySet<ResourceName>[] {
  const union = new Union();
  const isChanged = new Set(changed);
  /** For each name one of the changed names that it leads to; undefined = none. */
  const led = new Map<ResourceName, ResourceName | undefined>();
  const follow = (name: ResourceName): ResourceName | undefined => {
    if (led.has(name)) return led.get(name);
    led.set(name, undefined);
    let found = isChanged.has(name) ? name : undefined;
    for (const next of references(name)) {
      const other = follow(next);
      if (found !== undefined && other !== undefined) union.join(found, other);
      found ??= other;
    }
    led.set(name, found);
    return found;
  };
  for (const name of all) follow(name);
  const parts = Map.groupBy(changed, name => union.find(name));
  return [...parts.values()].map(names => new Set(names));
}

/** Disjoint sets of names. */
class Union {
  private readonly parents = new Map<ResourceName, ResourceName>();

  find(name: ResourceName): ResourceName {
    const parent = this.parents.get(name) ?? name;
    if (parent === name) return name;
    const top = this.find(parent);
    this.parents.set(name, top);
    return top;
  }

  join(one: ResourceName, other: ResourceName): void {
    this.parents.set(this.find(one), this.find(other));
  }
}
