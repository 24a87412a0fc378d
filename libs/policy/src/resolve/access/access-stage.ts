// SPDX-License-Identifier: Apache-2.0
import { ResultTable } from '../incremental/result-table.ts';
import { UsedValues } from '../incremental/used-values.ts';
import { documentOf } from '../inventory/document-of.ts';
import { changedKeys } from '../inventory/inventory.ts';
import type { Inventory, InventoryChange } from '../inventory/inventory.ts';
import type { Issue } from '../issue.ts';
import { TrackedLookup } from '../inventory/tracked-lookup.ts';
import type { ChainExchange } from '../policy/chain-table.ts';
import type { PolicyChain } from '../policy/policy-chain.ts';
import type { BackendUses } from '../service/backend-stage.ts';
import type { BackendTarget } from '../service/backend-target.ts';
import { idleRelaxations } from './idle-relaxations.ts';
import { keyOfSelection } from './consumer-selection.ts';
import type { ConsumerSelection } from './consumer-selection.ts';
import { mergeAccess } from './merge-access.ts';
import type { ResolvedChain } from './merge-access.ts';
import { createPasswordHasher } from './password-hasher.ts';
import { resolveAccessPolicy } from './resolve-access-policy.ts';
import type { ResolvedAccessPolicy } from './resolve-access-policy.ts';
import { resolveConsumers } from './resolve-consumers.ts';
import type { ResolvedConsumers } from './resolve-consumers.ts';

/** What is new, different or gone, by key. */
export interface AccessChanges {
  readonly policies: ReadonlySet<string>;
  readonly chains: ReadonlySet<string>;
  readonly consumers: ReadonlySet<string>;
  /** Services that policies ask. */
  readonly uses: readonly BackendUses[];
  /** Policies of which something else may be said about what they relax. */
  readonly relaxing: ReadonlySet<string>;
}

/** Stands for a policy in the dependencies of chains. */
const policyTopic = (key: string): string => `access-policy/${key}`;

/** Resolves AccessPolicies, the chains of them that routes use, and the Consumers that they admit. */
export class AccessStage {
  private readonly policyTable = new ResultTable<ResolvedAccessPolicy>();
  private readonly chainTable = new ResultTable<ResolvedChain>();
  private readonly consumerTable = new ResultTable<ResolvedConsumers>();
  private readonly chains = new UsedValues<PolicyChain>();
  private readonly selections = new UsedValues<ConsumerSelection>();
  private readonly hasher = createPasswordHasher();
  /** By policy, the keys of the chains that it stands in. */
  private readonly chainsByPolicy = new Map<string, Set<string>>();
  private readonly idle = new Map<string, { readonly issues: readonly Issue[] }>();
  private readonly inventory: Inventory;

  constructor(inventory: Inventory) {
    this.inventory = inventory;
  }

  /** By `namespace/name`. */
  get policies(): ReadonlyMap<string, ResolvedAccessPolicy> {
    return this.policyTable.values;
  }

  /** By the chain's key. */
  get merged(): ReadonlyMap<string, ResolvedChain> {
    return this.chainTable.values;
  }

  /** By `namespace/name` of the policy; none where all that it relaxes is relaxed. */
  get relaxing(): ReadonlyMap<string, { readonly issues: readonly Issue[] }> {
    return this.idle;
  }

  /** By the selection's key. */
  get consumers(): ReadonlyMap<string, ResolvedConsumers> {
    return this.consumerTable.values;
  }

  renew(change: InventoryChange, exchanges: Iterable<ChainExchange>): AccessChanges {
    const policies = this.policyTable.keysReading(change.topics);
    for (const key of changedKeys(change, 'AccessPolicy')) policies.add(key);
    const consumers = this.consumerTable.keysReading(change.topics);
    const uses: BackendUses[] = [];
    for (const key of policies) {
      const before = this.policies.get(key);
      for (const selection of this.renewPolicy(key)) consumers.add(selection);
      uses.push({ before: servicesOf(before), after: servicesOf(this.policies.get(key)) });
    }
    for (const key of consumers) this.renewConsumers(key);
    const chains = this.chainTable.keysReading([...change.topics, ...[...policies].map(policyTopic)]);
    for (const { before, after } of exchanges) {
      for (const key of this.chains.exchange(before, after, chain => chain.key)) chains.add(key);
    }
    const relaxing = new Set(policies);
    for (const key of chains) for (const policy of this.renewChain(key)) relaxing.add(policy);
    for (const key of relaxing) this.renewRelaxing(key);
    return { policies, chains, consumers, uses, relaxing };
  }

  /** Keys of the selections of Consumers that come or go with it. */
  private renewPolicy(key: string): readonly string[] {
    const before = selectionsOf(this.policies.get(key));
    const document = documentOf('AccessPolicy', this.inventory.ofKind('AccessPolicy').get(key));
    if (document === undefined) this.policyTable.forget(key);
    else {
      const lookup = new TrackedLookup(this.inventory);
      this.policyTable.renew(key, { value: resolveAccessPolicy(document, lookup), topics: lookup.topics });
    }
    return this.selections.exchange(before, selectionsOf(this.policies.get(key)), keyOfSelection);
  }

  private renewConsumers(key: string): void {
    const selection = this.selections.get(key);
    if (selection === undefined) {
      this.consumerTable.forget(key);
      return;
    }
    const lookup = new TrackedLookup(this.inventory);
    this.consumerTable.renew(key, { value: resolveConsumers(selection, { lookup, hasher: this.hasher }), topics: lookup.topics });
  }

  /** Keys of the policies that stand in it or did. */
  private renewChain(key: string): readonly string[] {
    const before = this.merged.get(key)?.guards ?? [];
    for (const { policy } of before) this.chainsByPolicy.get(policy)?.delete(key);
    const chain = this.chains.get(key);
    if (chain === undefined) {
      this.chainTable.forget(key);
      return before.map(({ policy }) => policy);
    }
    const lookup = new TrackedLookup(this.inventory);
    const value = mergeAccess(chain, { policies: this.policies, lookup });
    const topics = lookup.topics.union(new Set(chain.links.map(({ policy }) => policyTopic(policy))));
    this.chainTable.renew(key, { value, topics });
    for (const { policy } of value.guards) {
      this.chainsByPolicy.set(policy, (this.chainsByPolicy.get(policy) ?? new Set()).add(key));
    }
    return value.guards.map(({ policy }) => policy);
  }

  private renewRelaxing(key: string): void {
    const policy = this.policies.get(key);
    const keys = this.chainsByPolicy.get(key) ?? new Set();
    if (keys.size === 0) this.chainsByPolicy.delete(key);
    const relaxes = policy !== undefined && policy.relax.size > 0 && !policy.isShadow;
    const issues = relaxes
      ? idleRelaxations(
          policy,
          [...keys].sort().flatMap(one => this.merged.get(one) ?? []),
        )
      : [];
    if (issues.length === 0) this.idle.delete(key);
    else this.idle.set(key, { issues });
  }
}

/** Ports of Services that a policy asks. */
function servicesOf(policy: ResolvedAccessPolicy | undefined): readonly BackendTarget[] {
  const endpoints = (policy?.authentication?.methods ?? []).map(method =>
    method.kind === 'introspection' ? method.endpoint.target : undefined,
  );
  return [policy?.externalAuthorization?.target, ...endpoints].filter(target => target !== undefined);
}

function selectionsOf(policy: ResolvedAccessPolicy | undefined): readonly ConsumerSelection[] {
  const methods = policy?.authentication?.methods ?? [];
  return methods.flatMap(method => (method.kind === 'introspection' ? [] : method.consumers));
}
