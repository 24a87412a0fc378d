// SPDX-License-Identifier: Apache-2.0
import { ResultTable } from '../incremental/result-table.ts';
import { UseCounts } from '../incremental/use-counts.ts';
import { documentOf } from '../inventory/document-of.ts';
import { changedKeys } from '../inventory/inventory.ts';
import type { Inventory, InventoryChange } from '../inventory/inventory.ts';
import { TrackedLookup } from '../inventory/tracked-lookup.ts';
import type { PolicyChain } from '../policy/policy-chain.ts';
import type { RouteChange } from '../route/route-stage.ts';
import type { BackendUses } from '../service/backend-stage.ts';
import type { BackendTarget } from '../service/backend-target.ts';
import { chainsOf } from './chains-of.ts';
import { keyOfSelection } from './consumer-selection.ts';
import type { ConsumerSelection } from './consumer-selection.ts';
import { mergeAccess } from './merge-access.ts';
import type { ResolvedGuard } from './merge-access.ts';
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
}

/** Stands for a policy in the dependencies of chains. */
const policyTopic = (key: string): string => `access-policy/${key}`;

/** Resolves AccessPolicies, the chains of them that routes use, and the Consumers that they admit. */
export class AccessStage {
  private readonly policyTable = new ResultTable<ResolvedAccessPolicy>();
  private readonly chainTable = new ResultTable<readonly ResolvedGuard[]>();
  private readonly consumerTable = new ResultTable<ResolvedConsumers>();
  private readonly chains = new UsedValues<PolicyChain>();
  private readonly selections = new UsedValues<ConsumerSelection>();
  private readonly inventory: Inventory;

  constructor(inventory: Inventory) {
    this.inventory = inventory;
  }

  /** By `namespace/name`. */
  get policies(): ReadonlyMap<string, ResolvedAccessPolicy> {
    return this.policyTable.values;
  }

  /** By the chain's key. */
  get guards(): ReadonlyMap<string, readonly ResolvedGuard[]> {
    return this.chainTable.values;
  }

  /** By the selection's key. */
  get consumers(): ReadonlyMap<string, ResolvedConsumers> {
    return this.consumerTable.values;
  }

  renew(change: InventoryChange, routes: Iterable<RouteChange>): AccessChanges {
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
    for (const { before, after } of routes) {
      for (const key of this.chains.exchange(chainsOf(before), chainsOf(after), chain => chain.key)) chains.add(key);
    }
    for (const key of chains) this.renewChain(key);
    return { policies, chains, consumers, uses };
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
    this.consumerTable.renew(key, { value: resolveConsumers(selection, lookup), topics: lookup.topics });
  }

  private renewChain(key: string): void {
    const chain = this.chains.get(key);
    if (chain === undefined) {
      this.chainTable.forget(key);
      return;
    }
    const lookup = new TrackedLookup(this.inventory);
    const value = mergeAccess(chain, { policies: this.policies, lookup });
    const topics = lookup.topics.union(new Set(chain.links.map(({ policy }) => policyTopic(policy))));
    this.chainTable.renew(key, { value, topics });
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
  return methods.flatMap(method => (method.kind === 'apiKey' ? method.consumers : []));
}

/** Values that others use, each kept as long as somebody does. */
class UsedValues<Value> {
  private readonly uses = new UseCounts();
  private readonly values = new Map<string, Value>();

  get(key: string): Value | undefined {
    return this.values.get(key);
  }

  /** Takes up what is used now and gives back what was before. Keys of values that have come or gone. */
  exchange(before: readonly Value[], after: readonly Value[], keyOf: (value: Value) => string): readonly string[] {
    const changed: string[] = [];
    for (const value of after) {
      const key = keyOf(value);
      if (!this.uses.acquire(key)) continue;
      this.values.set(key, value);
      changed.push(key);
    }
    for (const key of before.map(keyOf)) {
      this.uses.release(key);
      if (this.uses.isUsed(key)) continue;
      this.values.delete(key);
      changed.push(key);
    }
    return changed;
  }
}
