// SPDX-License-Identifier: Apache-2.0
import type {
  ResolvedBackendRef,
  ResolvedFilter,
  ResolvedRequestRoute,
  ResolvedRoute,
  ResolvedRule,
  ResolvedStreamRoute,
} from '../../resolve/index.ts';
import type { FilterSpec, RouteRule, RuleAction, StreamRule, WeightedBackend } from '../../snapshot/index.ts';
import { resourceName } from './resource-name.ts';

/** The rules of a route as resources; none for a route that no bound listener takes. */
export function compileRoute(resolved: ResolvedRoute): readonly (RouteRule | StreamRule)[] {
  if (resolved.attachments.length === 0) return [];
  return resolved.flow === 'requests' ? compileRequestRoute(resolved) : compileStreamRoute(resolved);
}

function compileRequestRoute({ document, attachments, rules }: ResolvedRequestRoute): readonly RouteRule[] {
  const route = `${document.namespace}/${document.name}`;
  const nameOf = document.kind === 'GRPCRoute' ? resourceName.grpcRule : resourceName.rule;
  return rules.map((rule, index) => ({
    kind: 'routeRule',
    routeKind: document.kind,
    name: nameOf(route, index),
    route,
    rule: rule.name,
    createdMs: document.createdMs,
    index,
    attachments,
    matches: rule.matches,
    action: compileAction(rule),
  }));
}

function compileStreamRoute({ document, attachments, rules }: ResolvedStreamRoute): readonly StreamRule[] {
  const route = `${document.namespace}/${document.name}`;
  return rules.map(({ name, backends }, index) => ({
    kind: 'streamRule',
    routeKind: document.kind,
    name: resourceName.streamRule(document.kind, route, index),
    route,
    rule: name,
    createdMs: document.createdMs,
    index,
    attachments,
    backends: backends.map(({ target, label, weight }) => ({ backend: target && resourceName.backend(target), label, weight })),
  }));
}

function compileAction({ refusal, filters, backends, ...action }: ResolvedRule): RuleAction {
  const { requestTimeoutMs, attemptTimeoutMs, retry } = action;
  return {
    refusal: refusal === undefined ? undefined : { code: 'filter_unsupported', detail: refusal.detail },
    filters: filters.map(compileFilter),
    backends: backends.map(compileBackendRef),
    requestTimeoutMs,
    attemptTimeoutMs,
    retry,
  };
}

function compileBackendRef({ target, label, weight, filters }: ResolvedBackendRef): WeightedBackend {
  const backend = target === undefined ? undefined : resourceName.backend(target);
  return { backend, label, weight, filters: filters.map(compileFilter) };
}

function compileFilter(filter: ResolvedFilter): FilterSpec {
  if (filter.kind !== 'requestMirror') return filter;
  const { target, numerator, denominator } = filter;
  const backend = target === undefined ? undefined : resourceName.backend(target);
  return { kind: 'requestMirror', backend, numerator, denominator };
}
