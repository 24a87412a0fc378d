// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '@weir/base';
import type { RouteRetry } from '../../snapshot/index.ts';
import type { HttpRouteRuleSpec } from '../inventory/document-of.ts';
import { meshHalvesOf } from '../mesh/resolve-mesh-half.ts';
import { resolveForwarding } from './resolve-forwarding.ts';
import { RE2_HINT, resolveMatches } from './resolve-matches.ts';
import type { ResolvedRule, RuleRefusal } from './resolved-route.ts';
import type { RouteContext } from './route-context.ts';
import { accessOfRule } from './rule-access.ts';
import { trafficOfRule } from './rule-traffic.ts';

/** Resolves one rule of an HTTPRoute; what is wrong with it is reported, and refuses it where it cannot be served as written. */
export function resolveRule(context: RouteContext, spec: HttpRouteRuleSpec, index: number): ResolvedRule {
  const base = `spec.rules[${index}]`;
  const refusals: RuleRefusal[] = [];
  const matches = resolveMatches(spec, (path, message) => {
    refusals.push({ reason: 'UnsupportedValue', detail: `${base}.${path} ${message}`, hint: RE2_HINT });
  });
  const isPrefixRule = matches.every(({ path }) => path.kind === 'prefix');
  const forwarding = resolveForwarding(context, spec, { base, isPrefixRule, matches, refusals });
  return {
    name: spec.name ?? String(index),
    access: accessOfRule(context, spec.name),
    matches,
    ...forwarding,
    traffic: trafficOfRule(context, { name: spec.name, ...forwarding }),
    mesh: meshHalvesOf(context, { name: spec.name, path: base, ...forwarding }),
    requestTimeoutMs: durationMs(spec.timeouts?.request),
    attemptTimeoutMs: durationMs(spec.timeouts?.backendRequest),
    retry: resolveRetry(spec.retry),
  };
}

function resolveRetry(spec: HttpRouteRuleSpec['retry']): RouteRetry | undefined {
  if (spec === undefined) return undefined;
  return {
    attempts: spec.attempts,
    statusCodes: [...new Set(spec.codes ?? [])],
    grpcStatusCodes: [],
    backoffMs: durationMs(spec.backoff),
  };
}

function durationMs(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDuration(text);
}
