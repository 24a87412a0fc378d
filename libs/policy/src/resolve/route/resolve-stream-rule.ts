// SPDX-License-Identifier: Apache-2.0
import { labelOfBackendRef, resolveBackendRef } from './resolve-backend-ref.ts';
import type { ResolvedStreamRule } from './resolved-route.ts';
import type { StreamRouteDocument } from './route-document.ts';
import type { RouteContext } from './route-context.ts';

type StreamRuleSpec = StreamRouteDocument['spec']['rules'][number];

/** Resolves the rule of a TLSRoute, TCPRoute or UDPRoute. */
export function resolveStreamRule(context: RouteContext, spec: StreamRuleSpec, index: number): ResolvedStreamRule {
  return {
    name: spec.name ?? String(index),
    backends: spec.backendRefs.map((ref, refIndex) => ({
      target: resolveBackendRef(context, ref, `spec.rules[${index}].backendRefs[${refIndex}]`),
      label: labelOfBackendRef(context, ref),
      weight: ref.weight,
    })),
  };
}
