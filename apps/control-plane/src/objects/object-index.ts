// SPDX-License-Identifier: Apache-2.0
import type { ResourceName, Transaction } from '@weir/policy/snapshot';
import { objectsOf } from './objects-of.ts';
import type { ObjectKey } from './objects-of.ts';

/** Which resources each object became; kept up with transactions, at the cost of what they change. */
export class ObjectIndex {
  private readonly resources = new Map<ObjectKey, Set<ResourceName>>();
  private readonly objects = new Map<ResourceName, readonly ObjectKey[]>();

  apply({ upserts, removes }: Pick<Transaction, 'removes' | 'upserts'>): void {
    for (const name of removes) this.forget(name);
    for (const resource of upserts) {
      this.forget(resource.name);
      const keys = objectsOf(resource);
      this.objects.set(resource.name, keys);
      for (const key of keys) this.resources.set(key, (this.resources.get(key) ?? new Set()).add(resource.name));
    }
  }

  /** Names of what an object became; none where it has no effect. */
  namesOf(key: ObjectKey): readonly ResourceName[] {
    return [...(this.resources.get(key) ?? [])];
  }

  private forget(name: ResourceName): void {
    for (const key of this.objects.get(name) ?? []) {
      const names = this.resources.get(key);
      names?.delete(name);
      if (names?.size === 0) this.resources.delete(key);
    }
    this.objects.delete(name);
  }
}
