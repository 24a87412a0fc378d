// SPDX-License-Identifier: Apache-2.0
import type { ResolvedRequestRoute, ResolvedRule } from '../route/resolved-route.ts';
import type { ReceiverPolicies } from './mesh-half.ts';
import { meshName } from './mesh-names.ts';
import type { ResolvedMeshPort, ResolvedMeshService } from './mesh-service.ts';

/** A rule of a route as the receiver knows it. */
export interface InboundRouteRule {
  readonly route: ResolvedRequestRoute;
  readonly rule: ResolvedRule;
  readonly index: number;
  readonly policies: ReceiverPolicies;
}

/** Ports that some sidecar serves: only of these does anybody need to know what holds there. */
export function servedPortsOf({ ports, members }: ResolvedMeshService): readonly ResolvedMeshPort[] {
  const served = new Set(
    members
      .filter(({ identity }) => identity !== undefined)
      .flatMap(member => member.ports.map(({ servicePort }) => servicePort)),
  );
  return ports.filter(({ port }) => served.has(port));
}

/**
 * Rules of routes that the receiver needs to know. As soon as one of them has policies of its own, it is all of them: which rule a
 * request comes under is decided among all.
 */
export function inboundRulesOf(
  { document }: ResolvedMeshService,
  { port, routes }: ResolvedMeshPort,
): readonly InboundRouteRule[] {
  const listener = meshName.caller({ namespace: document.namespace, service: document.name, port });
  const rules = routes.producers.flatMap(route => {
    if (route.flow !== 'requests') return [];
    return route.rules.flatMap((rule, index) => {
      const policies = rule.mesh.get(listener)?.receiver;
      return policies === undefined ? [] : [{ route, rule, index, policies }];
    });
  });
  return rules.some(({ policies }) => policies.isOwn) ? rules : [];
}
