// SPDX-License-Identifier: Apache-2.0
import { ResultTable } from '../incremental/result-table.ts';
import { documentOf } from '../inventory/document-of.ts';
import { changedKeys } from '../inventory/inventory.ts';
import type { Inventory, InventoryChange } from '../inventory/inventory.ts';
import { TrackedLookup } from '../inventory/tracked-lookup.ts';
import { ChainTable } from '../policy/chain-table.ts';
import type { PolicyChain } from '../policy/policy-chain.ts';
import type { PolicyIndex } from '../policy/policy-index.ts';
import type { ResolvedRoute } from '../route/resolved-route.ts';
import type { RouteChange } from '../route/route-stage.ts';
import type { ResolvedTraffic } from '../route/rule-traffic.ts';
import { mergeCalls, mergeLimits } from './merge-traffic.ts';
import type { ResolvedCalls, ResolvedLimits } from './merge-traffic.ts';
import { resolveTrafficPolicy } from './resolve-traffic-policy.ts';
import type { ResolvedTrafficPolicy } from './resolve-traffic-policy.ts';

/** What is new, different or gone, by key. */
export interface TrafficChanges {
  readonly policies: ReadonlySet<string>;
  readonly calls: ReadonlySet<string>;
  readonly limits: ReadonlySet<string>;
}

/** Resolves TrafficPolicies and what they come to where routes use them. */
export class TrafficStage {
  private readonly policyTable = new ResultTable<ResolvedTrafficPolicy>();
  private readonly callTable = new ChainTable<ResolvedCalls>(chain => mergeCalls(chain, this.policies));
  private readonly limitTable = new ChainTable<ResolvedLimits>(chain => mergeLimits(chain, this.policies));
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
  renew(change: InventoryChange, topics: Iterable<string>, routes: readonly RouteChange[]): TrafficChanges {
    const policies = this.policyTable.keysReading([...change.topics, ...topics]);
    for (const key of changedKeys(change, 'TrafficPolicy')) policies.add(key);
    for (const key of policies) this.renewPolicy(key);
    return {
      policies,
      calls: this.callTable.renew(policies, exchangesOf(routes, callsOf)),
      limits: this.limitTable.renew(policies, exchangesOf(routes, limitsOf)),
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

type ChainsOf = (traffic: ResolvedTraffic) => readonly (PolicyChain | undefined)[];

function callsOf({ backends }: ResolvedTraffic): readonly (PolicyChain | undefined)[] {
  return backends.map(({ calls }) => calls);
}

function limitsOf({ limits, backends }: ResolvedTraffic): readonly (PolicyChain | undefined)[] {
  return [limits, ...backends.map(backend => backend.limits)];
}

function exchangesOf(routes: readonly RouteChange[], chainsOf: ChainsOf) {
  const chains = (route: ResolvedRoute | undefined): readonly PolicyChain[] =>
    trafficOf(route).flatMap(traffic => chainsOf(traffic).flatMap(chain => chain ?? []));
  return routes.map(({ before, after }) => ({ before: chains(before), after: chains(after) }));
}

/** Streams have no traffic policies. */
function trafficOf(route: ResolvedRoute | undefined): readonly ResolvedTraffic[] {
  return route?.flow === 'requests' ? route.rules.flatMap(({ traffic }) => [...traffic.values()]) : [];
}
