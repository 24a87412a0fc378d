// SPDX-License-Identifier: Apache-2.0
import { ResultTable } from '../incremental/result-table.ts';
import { documentOf } from '../inventory/document-of.ts';
import { changedKeys } from '../inventory/inventory.ts';
import type { Inventory, InventoryChange } from '../inventory/inventory.ts';
import { TrackedLookup } from '../inventory/tracked-lookup.ts';
import { ChainTable } from '../policy/chain-table.ts';
import type { PolicyIndex } from '../policy/policy-index.ts';
import { mergeCalls, mergeLimits } from './merge-traffic.ts';
import type { ResolvedCalls, ResolvedLimits } from './merge-traffic.ts';
import { OverriddenFields } from './overridden-fields.ts';
import { resolveTrafficPolicy } from './resolve-traffic-policy.ts';
import type { ResolvedTrafficPolicy } from './resolve-traffic-policy.ts';
import type { TrafficExchanges } from './traffic-chains.ts';

/** What is new, different or gone, by key. */
export interface TrafficChanges {
  readonly policies: ReadonlySet<string>;
  readonly calls: ReadonlySet<string>;
  readonly limits: ReadonlySet<string>;
  /** Policies of which what overrides them may be others. */
  readonly overridden: ReadonlySet<string>;
}

/** Resolves TrafficPolicies and what they come to where routes use them. */
export class TrafficStage {
  private readonly policyTable = new ResultTable<ResolvedTrafficPolicy>();
  private readonly callTable = new ChainTable<ResolvedCalls>(chain => mergeCalls(chain, this.policies));
  private readonly limitTable = new ChainTable<ResolvedLimits>(chain => mergeLimits(chain, this.policies));
  readonly overridden = new OverriddenFields(() => this.calls);
  private readonly inventory: Inventory;
  private readonly index: PolicyIndex;

  constructor(inventory: Inventory, index: PolicyIndex) {
    this.inventory = inventory;
    this.index = index;
  }

  /** By `namespace/name`. */
  get policies(): ReadonlyMap<string, ResolvedTrafficPolicy> {
    return this.policyTable.values;
  }

  /** By the chain's key. */
  get calls(): ReadonlyMap<string, ResolvedCalls> {
    return this.callTable.values;
  }

  /** By the chain's key. */
  get limits(): ReadonlyMap<string, ResolvedLimits> {
    return this.limitTable.values;
  }

  /** `topics`: of objects whose policies are others than before. */
  renew(change: InventoryChange, topics: Iterable<string>, exchanges: TrafficExchanges): TrafficChanges {
    const policies = this.policyTable.keysReading([...change.topics, ...topics]);
    for (const key of changedKeys(change, 'TrafficPolicy')) policies.add(key);
    for (const key of policies) this.renewPolicy(key);
    const calls = this.callTable.renew(policies, exchanges.calls);
    return {
      policies,
      calls,
      overridden: this.overridden.renew(calls),
      limits: this.limitTable.renew(policies, exchanges.limits),
    };
  }

  private renewPolicy(key: string): void {
    const document = documentOf('TrafficPolicy', this.inventory.ofKind('TrafficPolicy').get(key));
    if (document === undefined) {
      this.policyTable.forget(key);
      return;
    }
    const lookup = new TrackedLookup(this.inventory, { policies: this.index });
    this.policyTable.renew(key, { value: resolveTrafficPolicy(document, lookup), topics: lookup.topics });
  }
}
