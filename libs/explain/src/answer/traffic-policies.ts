// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from '@weir/base';
import { isTrafficResource, TrafficStore } from '@weir/filters';
import type { PolicyEdit, RateCounters } from '@weir/filters';
import type { RateLimitKey, RateLimitSpec, ResourceName, SharedRateLimit, Snapshot } from '@weir/policy/snapshot';
import type { ExplainedPolicy } from '../explanation.ts';

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
  const store = new TrafficStore(COUNTLESS);
  const edit: PolicyEdit = new Map();
  for (const resource of snapshot.resources.values()) if (isTrafficResource(resource)) store.prepare(resource, edit);
  store.commit(edit);
  stores.set(snapshot, store);
  return store;
}

/** The rate limits of a place, policy by policy. */
export function explainedLimits({ resources }: Snapshot, name: ResourceName | undefined): readonly ExplainedPolicy[] {
  const limits = name === undefined ? undefined : resources.get(name);
  if (limits?.kind !== 'trafficLimits') return [];
  const byPolicy = Map.groupBy(limits.rateLimits, ({ policy, scope }) => `${policy} ${scope}`);
  return [...byPolicy.values()].flatMap(([first, ...rest]) =>
    first === undefined ? [] : explainedPolicy(first.policy, first.scope, [first, ...rest].map(limitText)),
  );
}

function explainedPolicy(name: string, scope: string, says: readonly string[]): ExplainedPolicy {
  return { kind: 'TrafficPolicy', name, scope, isShadow: false, says };
}

function limitText({ limit, algorithm, windows, key, isPerRoute, shared, isShadow }: RateLimitSpec): string {
  const rates = windows.map(({ requests, windowMs, burst }) => {
    const bursts = burst === undefined || burst === requests ? '' : `, ${burst} at once`;
    return `${requests} in ${formatDuration(windowMs)}${bursts}`;
  });
  const kind = algorithm === 'slidingWindow' ? ' in any window' : '';
  return `limit ${limit}: ${rates.join(' and ')}${kind} ${keyWords(key)}${isPerRoute ? ', each route apart' : ''}${shared === undefined ? '' : `, ${sharedWords(shared)}`}${isShadow ? ' (only looks on)' : ''}`;
}

const WITHOUT_STORE = {
  closed: 'requests are refused',
  local: 'each gateway counts for itself',
  open: 'requests are let through',
} as const;

/** Who counts together. */
export function sharedWords({ store, onFailure }: SharedRateLimit): string {
  return `over all gateways in ${store.url} (while it does not answer, ${WITHOUT_STORE[onFailure]})`;
}

/** Whose count it is: `for each consumer`. */
export function keyWords(key: readonly RateLimitKey[]): string {
  return key.length === 0 ? 'for all together' : `for each ${key.map(keyText).join(' and ')}`;
}

function keyText(key: RateLimitKey): string {
  if (key.kind === 'cel') return `value of \`${key.program.source}\``;
  if (key.kind === 'header') return `value of ${key.name}`;
  return key.kind === 'claim' ? `claim ${key.path.join('.')}` : key.kind;
}
