// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '@weir/base';
import type { ConcurrencyLimitSpec, RequestConditions } from '../../snapshot/index.ts';
import { resolveLimitKey } from './resolve-rate-limit.ts';
import type { TrafficPolicyDocument } from './resolve-traffic-policy.ts';

type LimitSpec = NonNullable<TrafficPolicyDocument['spec']['concurrencyLimits']>[number];

/** As in the snapshot, without where it comes from. */
export type ResolvedConcurrencyLimit = Omit<ConcurrencyLimitSpec, 'policy' | 'scope'>;

export function resolveConcurrencyLimit(spec: LimitSpec, when: RequestConditions | undefined): ResolvedConcurrencyLimit {
  const { name, requests, key, per, queue, mode } = spec;
  return {
    limit: name,
    requests,
    key: resolveLimitKey(key),
    isPerRoute: per === 'Route',
    when,
    queue: queue && { size: queue.size, timeoutMs: parseDuration(queue.timeout) },
    isShadow: mode === 'Shadow',
  };
}
