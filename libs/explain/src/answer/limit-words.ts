// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from '@weir/base';
import { GRPC_STATUS_NAMES } from '@weir/policy/snapshot';
import type {
  ConcurrencyLimitSpec,
  FaultEffect,
  InjectedFaultSpec,
  RateLimitKey,
  RateLimitSpec,
  SharedRateLimit,
} from '@weir/policy/snapshot';

/** A rate limit in words. */
export function rateLimitText({ limit, algorithm, windows, key, isPerRoute, shared, isShadow }: RateLimitSpec): string {
  const rates = windows.map(({ requests, windowMs, burst }) => {
    const bursts = burst === undefined || burst === requests ? '' : `, ${burst} at once`;
    return `${requests} in ${formatDuration(windowMs)}${bursts}`;
  });
  const kind = algorithm === 'slidingWindow' ? ' in any window' : '';
  return `limit ${limit}: ${rates.join(' and ')}${kind} ${scopeWords({ key, isPerRoute, shared, isShadow })}`;
}

/** A limit on requests in flight in words. */
export function concurrencyLimitText({ limit, requests, queue, ...counted }: ConcurrencyLimitSpec): string {
  return `limit ${limit}: ${requests} in flight${queueWords(queue)} ${scopeWords(counted)}`;
}

/** What goes wrong on purpose, in words. */
export function faultText(spec: InjectedFaultSpec): string {
  return `fault ${spec.fault}: ${faultWords(spec)}`;
}

/** How often a fault does what. */
export function faultWords({ percent, effect, when }: InjectedFaultSpec): string {
  return `${percent} percent${when === undefined ? '' : ' of those that fit'} ${effectText(effect)}`;
}

function effectText(effect: FaultEffect): string {
  if (effect.kind === 'delay') return `delayed ${formatDuration(effect.delayMs)}`;
  return effect.kind === 'abort' ? `ended with ${effect.status}` : `ended with ${GRPC_STATUS_NAMES[effect.grpcStatus] ?? ''}`;
}

/** `, 10 more wait 2s`. */
export function queueWords(queue: ConcurrencyLimitSpec['queue']): string {
  return queue === undefined ? '' : `, ${queue.size} more wait ${formatDuration(queue.timeoutMs)}`;
}

/** Whose count it is: `for each consumer`. */
export function keyWords(key: readonly RateLimitKey[]): string {
  return key.length === 0 ? 'for all together' : `for each ${key.map(keyText).join(' and ')}`;
}

type Counted = Partial<Pick<RateLimitSpec, 'shared'>> & Pick<RateLimitSpec, 'isPerRoute' | 'isShadow' | 'key'>;

function scopeWords({ key, isPerRoute, shared, isShadow }: Counted): string {
  const together = shared === undefined ? '' : `, ${sharedWords(shared)}`;
  return `${keyWords(key)}${isPerRoute ? ', each route apart' : ''}${together}${isShadow ? ' (only looks on)' : ''}`;
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

function keyText(key: RateLimitKey): string {
  if (key.kind === 'cel') return `value of \`${key.program.source}\``;
  if (key.kind === 'header') return `value of ${key.name}`;
  return key.kind === 'claim' ? `claim ${key.path.join('.')}` : key.kind;
}
