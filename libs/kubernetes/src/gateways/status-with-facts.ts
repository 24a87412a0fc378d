// SPDX-License-Identifier: Apache-2.0
import type { Condition, GatewayStatus } from '@weir/policy/compile';
import type { GatewayFacts } from './gateway-facts.ts';

const NOTHING_YET: GatewayFacts = {
  addresses: [],
  hindrance: { reason: 'Pending', message: 'what the Gateway needs is being made' },
  sinceMs: 0,
};

/** A load balancer may be known by a name only. */
export type ClusterGatewayStatus = Omit<GatewayStatus, 'addresses'> & Pick<GatewayFacts, 'addresses'>;

/**
 * The status of a Gateway in a cluster: where it is reached, and whether it is served there, is known by the cluster alone. `facts` not given:
 * nothing is known yet.
 */
export function statusWithFacts(status: GatewayStatus, facts: GatewayFacts = NOTHING_YET): ClusterGatewayStatus {
  const conditions = status.conditions.map(condition => {
    const isPossible = condition.type === 'Programmed' && condition.status === 'True';
    return isPossible ? programmed(condition, facts) : condition;
  });
  return { ...status, addresses: facts.addresses, conditions };
}

/** It turned when the last of both did. */
function programmed(condition: Condition, { hindrance, sinceMs }: GatewayFacts): Condition {
  const turnedMs = Math.max(Date.parse(condition.lastTransitionTime), sinceMs);
  const lastTransitionTime = new Date(turnedMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return hindrance === undefined
    ? { ...condition, lastTransitionTime }
    : { ...condition, status: 'False', ...hindrance, lastTransitionTime };
}
