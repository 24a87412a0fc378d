// SPDX-License-Identifier: Apache-2.0
import type { TrafficPolicyDocument } from './resolve-traffic-policy.ts';

/** Whether a policy limits requests or makes some of them fail: what is done where they arrive, and not by who calls. */
export function limitsSomething({ rateLimits, concurrencyLimits, faults }: TrafficPolicyDocument['spec']): boolean {
  return [rateLimits, concurrencyLimits, faults].some(list => list !== undefined && list.length > 0);
}
