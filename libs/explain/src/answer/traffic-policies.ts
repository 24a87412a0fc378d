// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from '@weir/base';
import { isTrafficResource, TrafficStore } from '@weir/filters';
import type { AccessEdit, RateCounters } from '@weir/filters';
import type { RateLimitKey, RateLimitSpec, ResourceName, Snapshot, Sourced, TrafficCalls } from '@weir/policy/snapshot';
import { GRPC_STATUS_NAMES } from '@weir/policy/snapshot';
import type { ExplainedPolicy } from '../explanation.ts';

/** Nothing is counted here: how much of a limit is left is for the gateway to say. */
export const COUNTLESS: RateCounters = {
  prepare: () => ({ policyField: '' }),
  admit: () => ({ isAdmitted: true, refusedIndex: -1, limitField: () => '', retryAfter: () => undefined }),
};

const stores = new WeakMap<Snapshot, TrafficStore>();

/** The engine's own traffic policies, as a snapshot has them, without counters. */
export function trafficStoreOf(snapshot: Snapshot): TrafficStore {
  const known = stores.get(snapshot);
  if (known !== undefined) return known;
  const store = new TrafficStore(COUNTLESS);
  const edit: AccessEdit = new Map();
  for (const resource of snapshot.resources.values()) if (isTrafficResource(resource)) store.prepare(resource, edit);
  for (const apply of edit.values()) apply();
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

/** How a backend is called, as far as policies say: field by field, each at the policy that it comes from. */
export function explainedCalls({ resources }: Snapshot, name: ResourceName | undefined): readonly ExplainedPolicy[] {
  const calls = name === undefined ? undefined : resources.get(name);
  if (calls?.kind !== 'trafficCalls') return [];
  const fields = [...fieldsOf(calls)];
  const byPolicy = Map.groupBy(fields, ({ from: { policy, scope } }) => `${policy} ${scope}`);
  return [...byPolicy.values()].flatMap(said => {
    const [first] = said;
    return first === undefined
      ? []
      : explainedPolicy(
          first.from.policy,
          first.from.scope,
          said.map(({ text }) => text),
        );
  });
}

function explainedPolicy(name: string, scope: string, says: readonly string[]): ExplainedPolicy {
  return { kind: 'TrafficPolicy', name, scope, isShadow: false, says };
}

interface Said {
  readonly from: Sourced<unknown>;
  readonly text: string;
}

function* fieldsOf(calls: TrafficCalls): Generator<Said> {
  const said = <Value>(field: string, from: Sourced<Value> | undefined, show: (value: Value) => string): Said[] =>
    from === undefined ? [] : [{ from, text: `${field}: ${show(from.value)}${from.isOverride ? ' (overrides the route)' : ''}` }];
  const time = (ms: number): string => (ms === 0 ? 'none' : formatDuration(ms));
  yield* said('timeouts.request', calls.requestTimeoutMs, time);
  yield* said('timeouts.attempt', calls.attemptTimeoutMs, time);
  yield* said('retry.attempts', calls.retryAttempts, String);
  yield* said('retry.statusCodes', calls.retryStatusCodes, codes => codes.join(', '));
  yield* said('retry.grpcCodes', calls.retryGrpcCodes, codes => codes.map(code => GRPC_STATUS_NAMES[code] ?? '').join(', '));
  yield* said('retry.methods', calls.retriesAllMethods, isAll => (isAll ? 'All' : 'Idempotent'));
  yield* said('retry.backoff', calls.retryBackoffMs, time);
}

function limitText({ limit, algorithm, windows, key, isPerRoute, isShadow }: RateLimitSpec): string {
  const rates = windows.map(({ requests, windowMs, burst }) => {
    const bursts = burst === undefined || burst === requests ? '' : `, ${burst} at once`;
    return `${requests} in ${formatDuration(windowMs)}${bursts}`;
  });
  const by = key.length === 0 ? 'for all together' : `for each ${key.map(keyText).join(' and ')}`;
  const kind = algorithm === 'slidingWindow' ? ' in any window' : '';
  return `limit ${limit}: ${rates.join(' and ')}${kind} ${by}${isPerRoute ? ', each route apart' : ''}${isShadow ? ' (only looks on)' : ''}`;
}

function keyText(key: RateLimitKey): string {
  if (key.kind === 'header') return `value of ${key.name}`;
  return key.kind === 'claim' ? `claim ${key.path.join('.')}` : key.kind;
}
