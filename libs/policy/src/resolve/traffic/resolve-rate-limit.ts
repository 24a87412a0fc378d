// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '@weir/base';
import type { RateLimitKey, RateLimitSpec, RequestConditions } from '../../snapshot/index.ts';
import type { TrafficPolicyDocument } from './resolve-traffic-policy.ts';

type LimitSpec = NonNullable<TrafficPolicyDocument['spec']['rateLimits']>[number];

/** As in the snapshot, without where it comes from. */
export type ResolvedRateLimit = Omit<RateLimitSpec, 'policy' | 'scope'>;

export function resolveRateLimit(spec: LimitSpec, when: RequestConditions | undefined): ResolvedRateLimit {
  const { name, algorithm, windows, key, cost, per, mode } = spec;
  return {
    limit: name,
    algorithm: algorithm === 'TokenBucket' ? 'tokenBucket' : 'slidingWindow',
    windows: windows.map(window => ({ requests: window.requests, windowMs: parseDuration(window.per), burst: window.burst })),
    key: resolveLimitKey(key),
    cost,
    isPerRoute: per === 'Route',
    when,
    isShadow: mode === 'Shadow',
  };
}

/** Whose count a limit of any kind is. */
export function resolveLimitKey(key: LimitSpec['key']): readonly RateLimitKey[] {
  return key.map(keyOf);
}

function keyOf({ by, header = '', claim = [] }: LimitSpec['key'][number]): RateLimitKey {
  switch (by) {
    case 'Address':
      return { kind: 'address' };
    case 'Consumer':
      return { kind: 'consumer' };
    case 'Header':
      return { kind: 'header', name: header.toLowerCase() };
    case 'Claim':
      return { kind: 'claim', path: claim };
  }
}
