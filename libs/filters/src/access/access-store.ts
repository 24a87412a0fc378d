// SPDX-License-Identifier: Apache-2.0
import type { AccessChain, AccessPolicy, Consumers, Resource, ResourceName } from '@weir/policy/snapshot';
import { RunningChain } from './access-chain.ts';
import { ConsumerTable } from './api-key.ts';
import { References } from './reference.ts';
import type { Reference } from './reference.ts';
import { compilePolicy } from './running-policy.ts';
import type { PolicyPorts, RunningPolicy } from './running-policy.ts';

/** Resources that access is made of. */
export type AccessResource = AccessChain | AccessPolicy | Consumers;

/** What an update has prepared; nothing of it serves before the commit. */
export type AccessEdit = Map<ResourceName, () => void>;

/** All access policies of a worker. What refers to one by name goes on with the new one when it changes. */
export class AccessStore {
  private readonly chains = new References<RunningChain>();
  private readonly policies = new References<RunningPolicy>();
  private readonly consumers = new References<ConsumerTable>();
  private readonly ports: PolicyPorts;

  constructor(ports: Omit<PolicyPorts, 'consumers'>) {
    this.ports = { ...ports, consumers: name => this.consumers.of(name) };
  }

  chain(name: ResourceName): Reference<RunningChain> {
    return this.chains.of(name);
  }

  /**
   * Compiles a resource; throws where it cannot be run. Then its previous version goes as well, and what it guards is refused: the
   * chains that come with it say which defaults hold beside the new version, and beside the old one that could open something.
   */
  prepare(resource: AccessResource, edit: AccessEdit): void {
    try {
      this.compile(resource, edit);
    } catch (reason) {
      this.prepareRemoval(resource.name, edit);
      throw reason;
    }
  }

  private compile(resource: AccessResource, edit: AccessEdit): void {
    const { name } = resource;
    switch (resource.kind) {
      case 'accessChain': {
        const chain = new RunningChain(resource, policy => this.policies.of(policy));
        edit.set(name, () => (this.chains.of(name).current = chain));
        break;
      }
      case 'accessPolicy': {
        const policy = compilePolicy(resource, this.ports);
        edit.set(name, () => (this.policies.of(name).current = policy));
        break;
      }
      case 'consumers': {
        const table = new ConsumerTable(resource);
        edit.set(name, () => (this.consumers.of(name).current = table));
        break;
      }
    }
  }

  prepareRemoval(name: ResourceName, edit: AccessEdit): void {
    const table = [this.chains, this.policies, this.consumers].find(one => one.has(name));
    if (table !== undefined) edit.set(name, () => (table.of(name).current = undefined));
  }

  commit(edit: AccessEdit): void {
    for (const apply of edit.values()) apply();
  }
}

export function isAccessResource(resource: Resource): resource is AccessResource {
  return resource.kind === 'accessChain' || resource.kind === 'accessPolicy' || resource.kind === 'consumers';
}
