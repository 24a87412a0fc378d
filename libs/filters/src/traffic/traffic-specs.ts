// SPDX-License-Identifier: Apache-2.0
import type { ResourceName } from '@weir/policy/snapshot';
import type { RunnableSpec } from '../filter-order.ts';
import { rateLimitSpecs } from '../rate-limit/rate-limit-filter.ts';
import type { RequestTimeout } from './request-time.ts';

/** What traffic policies need to know of the rule whose requests they limit. */
export interface LimitedRule {
  /** `KIND/namespace/name` of its route. */
  readonly route: string;
  readonly requestTimeoutMs: RequestTimeout;
}

/** The filters for TrafficLimits, of the way to a rule and then of the Service behind it; none where there are none. */
export function trafficSpecs(names: readonly (ResourceName | undefined)[], rule: LimitedRule): readonly RunnableSpec[] {
  const limits = names.filter(name => name !== undefined);
  if (limits.length === 0) return [];
  return [
    ...rateLimitSpecs(limits, rule.route),
    { kind: 'concurrencyLimit', limits, ...rule },
    { kind: 'faultInjection', limits, ...rule },
  ];
}
