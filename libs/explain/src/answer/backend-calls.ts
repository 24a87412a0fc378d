// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from '@weir/base';
import type { Backend } from '@weir/policy/snapshot';
import type { ExplainedCall } from '../explanation.ts';
import { describeBalance, describeBreaker, describeConnectionLimits } from '../text/describe-backends.ts';

/** How the value of each field of backends reads, by its path in TrafficPolicies. */
const TEXTS: ReadonlyMap<string, (backend: Backend) => string> = new Map([
  ['balancing', ({ balance }) => describeBalance(balance)],
  ['timeouts.connect', ({ connectTimeoutMs }) => formatDuration(connectTimeoutMs)],
  ['circuitBreaker', ({ circuitBreaker }) => describeBreaker(circuitBreaker)],
  ['connectionLimits', ({ connectionLimits }) => describeConnectionLimits(connectionLimits)],
]);

/** What policies say of how a backend's endpoints are chosen and called, and which of them does. Sessions may be a route's own: see explainedSession. */
export function backendCalls(backend: Backend | undefined): readonly ExplainedCall[] {
  if (backend === undefined) return [];
  return backend.sources.flatMap(({ value: field, ...source }): readonly ExplainedCall[] => {
    const value = TEXTS.get(field)?.(backend);
    return value === undefined ? [] : [{ field, value, from: sourceOfField(source) }];
  });
}

/** `TrafficPolicy shop/edge on Gateway, which overrides`. */
export function sourceOfField({ policy, scope, isOverride }: Omit<Backend['sources'][number], 'value'>): string {
  return `TrafficPolicy ${policy} on ${scope}${isOverride ? ', which overrides' : ''}`;
}
