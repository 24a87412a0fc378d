// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '@weir/base';
import type { RetrySpec } from '../../snapshot/index.ts';
import type { HttpRouteRuleSpec } from '../inventory/document-of.ts';
import { labelOfBackendRef, resolveBackendRef } from './resolve-backend-ref.ts';
import { resolveFilters } from './resolve-filters.ts';
import type { FilterPlace } from './resolve-filters.ts';
import { resolveMatches } from './resolve-matches.ts';
import type { ResolvedBackendRef, ResolvedRule, RuleRefusal } from './resolved-route.ts';
import type { RouteContext } from './route-context.ts';

type BackendRefs = NonNullable<HttpRouteRuleSpec['backendRefs']>;

/** One retry: enough for a connection that was closed meanwhile, and it cannot multiply load by more than two. */
const DEFAULT_RETRY_ATTEMPTS = 1;
/** Long enough for a restarted listener, short beside a request. */
const DEFAULT_BACKOFF_MS = 25;

/** Resolves one rule; what is wrong with it is reported, and refuses it where it cannot be served as written. */
export function resolveRule(context: RouteContext, spec: HttpRouteRuleSpec, index: number): ResolvedRule {
  const base = `spec.rules[${index}]`;
  const refusals: RuleRefusal[] = [];
  const matches = resolveMatches(spec, (path, message) => {
    refusals.push({ reason: 'UnsupportedValue', detail: `${base}.${path} ${message}` });
  });
  if (spec.sessionPersistence !== undefined) {
    refusals.push({ reason: 'UnsupportedValue', detail: `${base}.sessionPersistence is set, which Weir does not serve yet` });
  }
  const isPrefixRule = matches.every(({ path }) => path.kind === 'prefix');
  const ruleFilters = resolveFilters(context, spec.filters ?? [], { path: `${base}.filters`, isPrefixRule });
  refusals.push(...ruleFilters.refusals);
  const isRedirect = ruleFilters.filters.some(({ kind }) => kind === 'requestRedirect');
  const backends = resolveBackends(context, spec.backendRefs ?? [], { path: `${base}.backendRefs`, isPrefixRule });
  refusals.push(...backends.refusals);
  for (const { detail } of refusals) reportRefusal(context, detail);
  return {
    name: spec.name ?? String(index),
    matches,
    refusal: refusals[0],
    filters: ruleFilters.filters,
    backends: isRedirect ? [] : backends.refs,
    requestTimeoutMs: durationMs(spec.timeouts?.request, 0),
    attemptTimeoutMs: durationMs(spec.timeouts?.backendRequest, 0),
    retry: resolveRetry(spec.retry),
  };
}

function resolveBackends(
  context: RouteContext,
  specs: BackendRefs,
  { path, isPrefixRule }: FilterPlace,
): { refs: readonly ResolvedBackendRef[]; refusals: readonly RuleRefusal[] } {
  const refusals: RuleRefusal[] = [];
  const refs = specs.map((ref, index) => {
    const refPath = `${path}[${index}]`;
    const filters = resolveFilters(context, ref.filters ?? [], { path: `${refPath}.filters`, isPrefixRule });
    refusals.push(...filters.refusals);
    return {
      target: resolveBackendRef(context, ref, refPath),
      label: labelOfBackendRef(context, ref),
      weight: ref.weight,
      filters: filters.filters,
    };
  });
  return { refs, refusals };
}

function resolveRetry(spec: HttpRouteRuleSpec['retry']): RetrySpec | undefined {
  if (spec === undefined) return undefined;
  return {
    attempts: spec.attempts ?? DEFAULT_RETRY_ATTEMPTS,
    statusCodes: [...new Set(spec.codes ?? [])],
    grpcStatusCodes: [],
    backoffMs: durationMs(spec.backoff, DEFAULT_BACKOFF_MS),
  };
}

function durationMs(text: string | undefined, absentMs: number): number {
  return text === undefined ? absentMs : parseDuration(text);
}

/** The path that a detail begins with is where the problem is. */
function reportRefusal(context: RouteContext, detail: string): void {
  const path = detail.slice(0, detail.indexOf(' '));
  context.report({ severity: 'error', code: 'rule-refused', path, message: `${detail}; the rule answers 500`, hint: undefined });
}
