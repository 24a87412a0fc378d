// SPDX-License-Identifier: Apache-2.0
import type { Clock, Random } from '@weir/base';
import type { AccessChain, AccessPolicy, Consumers, JwtProvider, Resource, ResourceName } from '@weir/policy/snapshot';
import type { DerivePassword } from '../basic/derive-password.ts';
import { PasswordChecker } from '../basic/password-checker.ts';
import { RunningChain } from './access-chain.ts';
import { ConsumerTable } from './consumer-table.ts';
import { References } from './reference.ts';
import type { PolicyEdit, Reference } from './reference.ts';
import { compilePolicy } from './running-policy.ts';
import type { PolicyPorts, RunningPolicy } from './running-policy.ts';
import { providersOf } from './token-verifiers.ts';

/** Resources that access is made of. */
export type AccessResource = AccessChain | AccessPolicy | Consumers;

/** What policies need of the engine that runs them. */
export interface AccessPorts extends Omit<PolicyPorts, 'consumers' | 'passwords'> {
  readonly clock: Pick<Clock, 'nowMs' | 'wallMs'>;
  readonly random: Pick<Random, 'hex'>;
  readonly derivePassword: DerivePassword;
}

const SECRET_BYTES = 32;

/** All access policies of a worker. What refers to one by name goes on with the new one when it changes. */
export class AccessStore {
  private readonly chains = new References<RunningChain>();
  private readonly policies = new References<RunningPolicy>();
  private readonly consumers = new References<ConsumerTable>();
  /** Who issues the tokens that a policy takes, by the policy. */
  private readonly providers = new Map<ResourceName, readonly JwtProvider[]>();
  private readonly ports: PolicyPorts;

  /** Of this thread alone, for keyed hashes. */
  private readonly secret: string;

  constructor({ derivePassword, ...ports }: AccessPorts) {
    this.secret = ports.random.hex(SECRET_BYTES);
    const passwords = new PasswordChecker({ clock: ports.clock, derivePassword, secret: this.secret });
    this.ports = { ...ports, passwords, consumers: name => this.consumers.of(name) };
  }

  chain(name: ResourceName): Reference<RunningChain> {
    return this.chains.of(name);
  }

  /**
   * Compiles a resource; throws where it cannot be run. Then its previous version goes as well, and what it guards is refused: the
   * chains that come with it say which defaults hold beside the new version, and beside the old one that could open something.
   */
  prepare(resource: AccessResource, edit: PolicyEdit): void {
    try {
      this.compile(resource, edit);
    } catch (reason) {
      this.prepareRemoval(resource.name, edit);
      throw reason;
    }
  }

  private compile(resource: AccessResource, edit: PolicyEdit): void {
    const { name } = resource;
    switch (resource.kind) {
      case 'accessChain': {
        const chain = new RunningChain(resource, policy => this.policies.of(policy));
        edit.set(name, () => (this.chains.of(name).current = chain));
        break;
      }
      case 'accessPolicy': {
        const policy = compilePolicy(resource, this.ports);
        edit.set(name, () => {
          this.policies.of(name).current = policy;
          this.providers.set(name, providersOf(resource));
        });
        break;
      }
      case 'consumers': {
        const table = new ConsumerTable(resource, this.secret);
        edit.set(name, () => (this.consumers.of(name).current = table));
        break;
      }
    }
  }

  prepareRemoval(name: ResourceName, edit: PolicyEdit): void {
    const table = [this.chains, this.policies, this.consumers].find(one => one.has(name));
    if (table === undefined) return;
    edit.set(name, () => {
      table.of(name).current = undefined;
      this.providers.delete(name);
    });
  }

  commit(edit: PolicyEdit): void {
    for (const apply of edit.values()) apply();
    if (edit.size > 0) this.ports.tokens.retain([...this.providers.values()].flat());
  }
}

export function isAccessResource(resource: Resource): resource is AccessResource {
  return resource.kind === 'accessChain' || resource.kind === 'accessPolicy' || resource.kind === 'consumers';
}
