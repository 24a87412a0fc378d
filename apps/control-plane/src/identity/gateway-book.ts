// SPDX-License-Identifier: Apache-2.0
import type { ResourceName, Transaction, WorkloadIdentity } from '@weir/policy/snapshot';

/** Who the proxies of Gateways are that have some of their own. */
export class GatewayBook {
  private readonly identities = new Map<ResourceName, WorkloadIdentity>();

  apply({ upserts, removes }: Pick<Transaction, 'removes' | 'upserts'>): void {
    for (const name of removes) this.identities.delete(name);
    for (const resource of upserts) if (resource.kind === 'gateway') this.identities.set(resource.name, resource.identity);
  }

  /** By the name of the Gateway's resource; undefined = it has no proxies of its own, or is not there. */
  proxiesOf(gateway: ResourceName): WorkloadIdentity | undefined {
    return this.identities.get(gateway);
  }
}
