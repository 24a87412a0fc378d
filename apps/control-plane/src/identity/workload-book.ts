// SPDX-License-Identifier: Apache-2.0
import type { ResourceName, Transaction, WorkloadIdentity } from '@weir/policy/snapshot';

interface Place {
  readonly identity: WorkloadIdentity;
  readonly address: string;
}

/** Which workloads there are at which addresses, by what documents (in a cluster: its Pods) come to. */
export class WorkloadBook {
  private readonly places = new Map<ResourceName, Place>();
  private readonly byAddress = new Map<string, Map<ResourceName, WorkloadIdentity>>();

  apply({ upserts, removes }: Pick<Transaction, 'removes' | 'upserts'>): void {
    for (const name of removes) this.forget(name);
    for (const resource of upserts) {
      if (resource.kind !== 'workload') continue;
      this.forget(resource.name);
      this.add(resource.name, resource);
    }
  }

  /**
   * Whether an identity may say that it is at an address: not where only others are. An address at which nobody is known is that of a Pod
   * which this replica has not heard of yet; whoever claims one gets no rules by it before such a Pod is there.
   */
  mayRegister(identity: string, address: string): boolean {
    const there = this.byAddress.get(address);
    return there === undefined || [...there.values()].includes(identity);
  }

  private add(name: ResourceName, { identity, address }: Place): void {
    this.places.set(name, { identity, address });
    const there = this.byAddress.get(address) ?? new Map<ResourceName, WorkloadIdentity>();
    this.byAddress.set(address, there.set(name, identity));
  }

  private forget(name: ResourceName): void {
    const place = this.places.get(name);
    if (place === undefined) return;
    this.places.delete(name);
    const there = this.byAddress.get(place.address);
    there?.delete(name);
    if (there?.size === 0) this.byAddress.delete(place.address);
  }
}
