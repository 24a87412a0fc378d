// SPDX-License-Identifier: Apache-2.0
import type { ResourceName } from '@weir/policy/snapshot';

const NONE: ReadonlySet<ResourceName> = new Set();

/** Names of resources by something that they have in common. */
export class NameIndex {
  private readonly names = new Map<string, Set<ResourceName>>();

  get(key: string): ReadonlySet<ResourceName> {
    return this.names.get(key) ?? NONE;
  }

  add(key: string, name: ResourceName): void {
    const known = this.names.get(key);
    if (known === undefined) this.names.set(key, new Set([name]));
    else known.add(name);
  }

  remove(key: string, name: ResourceName): void {
    const known = this.names.get(key);
    known?.delete(name);
    if (known?.size === 0) this.names.delete(key);
  }
}
