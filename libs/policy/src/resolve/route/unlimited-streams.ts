// SPDX-License-Identifier: Apache-2.0
import { chainAt, placesOfService } from '../policy/policy-chain.ts';
import type { BackendTarget } from '../service/backend-target.ts';
import { REQUEST_FIELDS } from '../traffic/traffic-fields.ts';
import type { RouteContext } from './route-context.ts';

/**
 * Connections that are carried whole come to a Service past what its TrafficPolicies say of requests: the route says so, as whoever
 * wrote the limit may not know of the route.
 */
export function reportUnlimitedStreams(context: RouteContext, target: BackendTarget, path: string): void {
  const { lookup } = context;
  const { namespace, service } = target;
  const links = chainAt(lookup, 'TrafficPolicy', placesOfService(namespace, service))?.links ?? [];
  for (const { policy, scope } of links) {
    const document = lookup.get('TrafficPolicy', namespace, policy.slice(namespace.length + 1));
    if (document === undefined || scope !== 'Service') continue;
    const fields = REQUEST_FIELDS.filter(({ valueIn }) => valueIn(document.spec) !== undefined).map(field => field.path);
    if (fields.length === 0) continue;
    context.report({
      severity: 'warning',
      code: 'stream-not-limited',
      path,
      message: `${path} leads to Service \`${service}\` past what TrafficPolicy ${policy} says of requests: ${fields.join(', ')}; connections are carried whole, and nobody counts what is in them`,
      hint: `write spec.connectionLimits in TrafficPolicy ${policy} to limit connections, too, or lead here by an HTTPRoute or GRPCRoute`,
    });
  }
}
