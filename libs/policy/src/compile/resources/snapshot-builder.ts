// SPDX-License-Identifier: Apache-2.0
import { isEqualContent } from '../../resolve/incremental/is-equal-content.ts';
import type { Resource, ResourceName, Snapshot, Transaction } from '../../snapshot/index.ts';
import { deepFreeze } from './deep-freeze.ts';

/** Keeps the current snapshot, and makes the next one and the way to it out of replaced parts. */
export class SnapshotBuilder {
  private snapshot: Snapshot;
  private readonly namesByOwner = new Map<string, readonly ResourceName[]>();
  private readonly upserts = new Map<ResourceName, Resource>();
  private readonly removes: Set<ResourceName>;

  /** `from`: what there is, and goes where no owner comes to have it before the first commit. */
  constructor(from: Snapshot = Object.freeze({ version: 0, resources: new Map<ResourceName, Resource>() })) {
    this.snapshot = from;
    this.removes = new Set(from.resources.keys());
  }

  /** Replaces all resources of an owner. One whose content is the same stays the very same object. No name has two owners. */
  replace(owner: string, resources: readonly Resource[]): void {
    const names = resources.map(({ name }) => name);
    for (const name of this.namesByOwner.get(owner) ?? []) {
      this.upserts.delete(name);
      this.removes.add(name);
    }
    for (const resource of resources) {
      const { name } = resource;
      this.removes.delete(name);
      if (!isEqualContent(this.snapshot.resources.get(name), resource)) this.upserts.set(name, deepFreeze(resource));
    }
    if (names.length === 0) this.namesByOwner.delete(owner);
    else this.namesByOwner.set(owner, names);
  }

  /** The snapshot with all replacements since the last commit; the same one, and an empty transaction, when they changed nothing. */
  commit(): { snapshot: Snapshot; transaction: Transaction } {
    const before = this.snapshot;
    const removes = [...this.removes].filter(name => before.resources.has(name)).sort();
    const upserts = [...this.upserts.values()].sort((left, right) => (left.name < right.name ? -1 : 1));
    this.removes.clear();
    this.upserts.clear();
    if (upserts.length > 0 || removes.length > 0) {
      const resources = new Map(before.resources);
      for (const name of removes) resources.delete(name);
      for (const resource of upserts) resources.set(resource.name, resource);
      this.snapshot = Object.freeze({ version: before.version + 1, resources });
    }
    const { version } = this.snapshot;
    return { snapshot: this.snapshot, transaction: Object.freeze({ version, upserts, removes }) };
  }
}
