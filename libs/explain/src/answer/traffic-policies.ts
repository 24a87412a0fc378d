// SPDX-License-Identifier: Apache-2.0
import { FREE_GATE, isTrafficResource, TrafficStore } from '@weir/filters';
import type { PolicyEdit, RateCounters } from '@weir/filters';
import type { ResourceName, Snapshot } from '@weir/policy/snapshot';
import { trafficLinksOf } from '../diff/traffic-chains.ts';
import type { ExplainedPolicy } from '../explanation.ts';
import { concurrencyLimitText, faultText, rateLimitText } from './limit-words.ts';

/** Nothing is counted here: how much of a limit is left is for the gateway to say. */
export const COUNTLESS: RateCounters = {
  prepare: () => ({ policyField: '', store: undefined }),
  admit: () => ({
    isAdmitted: true,
    refusedIndex: -1,
    limitField: () => '',
    retryAfter: () => undefined,
    giveBack: () => undefined,
  }),
  retainStores: () => undefined,
  wentWithoutStore: () => undefined,
};

const stores = new WeakMap<Snapshot, TrafficStore>();

/** The engine's own traffic policies, as a snapshot has them, without counters. */
export function trafficStoreOf(snapshot: Snapshot): TrafficStore {
  const known = stores.get(snapshot);
  if (known !== undefined) return known;
  const store = new TrafficStore({ rateCounters: COUNTLESS, concurrencyGate: FREE_GATE });
  const edit: PolicyEdit = new Map();
  for (const resource of snapshot.resources.values()) if (isTrafficResource(resource)) store.prepare(resource, edit);
  store.commit(edit);
  stores.set(snapshot, store);
  return store;
}

/** The limits of a place, policy by policy. */
export function explainedLimits({ resources }: Snapshot, name: ResourceName | undefined): readonly ExplainedPolicy[] {
  const limits = name === undefined ? undefined : resources.get(name);
  if (limits?.kind !== 'trafficLimits') return [];
  const said: readonly Said[] = [
    ...limits.rateLimits.map(limit => ({ ...limit, text: rateLimitText(limit) })),
    ...limits.concurrencyLimits.map(limit => ({ ...limit, text: concurrencyLimitText(limit) })),
    ...limits.faults.map(fault => ({ ...fault, text: faultText(fault) })),
  ];
  // In the order of the place, whatever each of them says.
  const links = trafficLinksOf(limits.name).map(({ policy, scope }) => `${policy} ${scope}`);
  const byPolicy = Map.groupBy(said, ({ policy, scope }) => `${policy} ${scope}`);
  return links.flatMap(link => explainedPolicy(byPolicy.get(link)));
}

interface Said {
  readonly policy: string;
  readonly scope: string;
  readonly text: string;
}

function explainedPolicy(said: readonly Said[] = []): ExplainedPolicy | readonly ExplainedPolicy[] {
  const [first] = said;
  if (first === undefined) return [];
  return { kind: 'TrafficPolicy', name: first.policy, scope: first.scope, isShadow: false, says: said.map(({ text }) => text) };
}
