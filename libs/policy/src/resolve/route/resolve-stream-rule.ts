// SPDX-License-Identifier: Apache-2.0
import { meshStreamHalvesOf } from '../mesh/resolve-mesh-half.ts';
import { labelOfBackendRef, resolveBackendRef } from './resolve-backend-ref.ts';
import type { ResolvedStreamRule } from './resolved-route.ts';
import type { StreamRouteDocument } from './route-document.ts';
import type { RouteContext } from './route-context.ts';
import { accessOfBackend, accessOfRule } from './rule-access.ts';
import { trafficOfStreamRule } from './rule-traffic.ts';
import { reportUnlimitedStreams } from './unlimited-streams.ts';

type StreamRuleSpec = StreamRouteDocument['spec']['rules'][number];

/** Resolves the rule of a TLSRoute, TCPRoute or UDPRoute. */
export function resolveStreamRule(context: RouteContext, spec: StreamRuleSpec, index: number): ResolvedStreamRule {
  const backends = spec.backendRefs.map((ref, refIndex) => {
    const path = `spec.rules[${index}].backendRefs[${refIndex}]`;
    const target = resolveBackendRef(context, ref, path);
    if (target !== undefined) reportUnlimitedStreams(context, target, path);
    const label = labelOfBackendRef(context.document.namespace, ref);
    return { target, label, weight: ref.weight, access: accessOfBackend(context, target) };
  });
  return {
    name: spec.name ?? String(index),
    access: accessOfRule(context, spec.name),
    traffic: trafficOfStreamRule(context, backends),
    mesh: meshStreamHalvesOf(context, { name: spec.name, path: `spec.rules[${index}]` }),
    backends,
  };
}
