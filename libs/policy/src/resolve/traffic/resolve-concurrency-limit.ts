// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '@weir/base';
import type { ConcurrencyLimitSpec } from '../../snapshot/index.ts';
import { resolveConditions } from '../access/resolve-conditions.ts';
import type { ConditionsContext } from '../access/resolve-conditions.ts';
import { resolveLimitKey } from './resolve-rate-limit.ts';
import type { TrafficPolicyDocument } from './resolve-traffic-policy.ts';

type LimitSpec = NonNullable<TrafficPolicyDocument['spec']['concurrencyLimits']>[number];

/** As in the snapshot, without where it comes from. */
export type ResolvedConcurrencyLimit = Omit<ConcurrencyLimitSpec, 'policy' | 'scope'>;

export function resolveConcurrencyLimit(context: ConditionsContext, spec: LimitSpec, path: string): ResolvedConcurrencyLimit {
  const { name, requests, key, per, when, queue, mode } = spec;
  return {
    limit: name,
    requests,
    key: resolveLimitKey(context, key, path),
    isPerRoute: per === 'Route',
    when: when && resolveConditions(context, when, `${path}.when`),
    queue: queue && { size: queue.size, timeoutMs: parseDuration(queue.timeout) },
    isShadow: mode === 'Shadow',
  };
}
