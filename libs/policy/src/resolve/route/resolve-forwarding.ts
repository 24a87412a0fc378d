// SPDX-License-Identifier: Apache-2.0
import type { RouteMatch } from '../../snapshot/index.ts';
import { labelOfBackendRef, resolveBackendRef } from './resolve-backend-ref.ts';
import type { BackendObjectRef } from './resolve-backend-ref.ts';
import { resolveFilters } from './resolve-filters.ts';
import type { FilterPlace, FilterSpecs } from './resolve-filters.ts';
import { sessionNameProblem } from '../../documents/kinds/session-name.ts';
import { resolveSession } from '../session/resolve-session.ts';
import type { SessionSpec } from '../session/resolve-session.ts';
import type { ResolvedBackendRef, ResolvedRule, RuleRefusal } from './resolved-route.ts';
import type { RouteContext } from './route-context.ts';
import { accessOfBackend } from './rule-access.ts';

interface BackendRefSpec extends BackendObjectRef {
  readonly weight: number;
  readonly filters?: FilterSpecs | undefined;
}

/** What rules of HTTPRoutes and GRPCRoutes have in common. */
export interface ForwardingSpec {
  readonly filters?: FilterSpecs | undefined;
  readonly backendRefs?: readonly BackendRefSpec[] | undefined;
  readonly sessionPersistence?: SessionSpec | undefined;
}

interface ForwardingPlace {
  /** `spec.rules[0]`. */
  readonly base: string;
  readonly isPrefixRule: boolean;
  readonly matches: readonly RouteMatch[];
  /** What stands against the rule already. */
  readonly refusals: readonly RuleRefusal[];
}

/** Resolves what a rule does with its requests. All that cannot be served as written is reported, and the first refuses the rule. */
export function resolveForwarding(
  context: RouteContext,
  spec: ForwardingSpec,
  { base, isPrefixRule, matches, refusals: known }: ForwardingPlace,
): Pick<ResolvedRule, 'backends' | 'filters' | 'refusal' | 'sessionPersistence'> {
  const refusals = [...known];
  const nameProblem = spec.sessionPersistence && sessionNameProblem(spec.sessionPersistence);
  if (nameProblem !== undefined) {
    const detail = `${base}.sessionPersistence.sessionName ${nameProblem}`;
    refusals.push({ reason: 'UnsupportedValue', detail, hint: 'write letters, digits and hyphens, or leave it out' });
  }
  const ruleFilters = resolveFilters(context, spec.filters ?? [], { path: `${base}.filters`, isPrefixRule });
  refusals.push(...ruleFilters.refusals);
  const isRedirect = ruleFilters.filters.some(({ kind }) => kind === 'requestRedirect');
  const backends = resolveBackends(context, spec.backendRefs ?? [], { path: `${base}.backendRefs`, isPrefixRule });
  refusals.push(...backends.refusals);
  for (const refusal of refusals) reportRefusal(context, refusal);
  const { kind, namespace, name } = context.document;
  const owner = { name: `${kind}/${namespace}/${name}/${base}`, paths: matches.map(({ path }) => path) };
  return {
    refusal: refusals[0],
    filters: ruleFilters.filters,
    backends: isRedirect ? [] : backends.refs,
    sessionPersistence: spec.sessionPersistence && resolveSession(spec.sessionPersistence, owner),
  };
}

function resolveBackends(
  context: RouteContext,
  specs: readonly BackendRefSpec[],
  { path, isPrefixRule }: FilterPlace,
): { refs: readonly ResolvedBackendRef[]; refusals: readonly RuleRefusal[] } {
  const refusals: RuleRefusal[] = [];
  const refs = specs.map((ref, index) => {
    const refPath = `${path}[${index}]`;
    const filters = resolveFilters(context, ref.filters ?? [], { path: `${refPath}.filters`, isPrefixRule });
    refusals.push(...filters.refusals);
    const target = resolveBackendRef(context, ref, refPath);
    return {
      target,
      label: labelOfBackendRef(context.document.namespace, ref),
      weight: ref.weight,
      filters: filters.filters,
      access: accessOfBackend(context, target),
    };
  });
  return { refs, refusals };
}

/** The path that a detail begins with is where the problem is. */
function reportRefusal(context: RouteContext, { detail, hint = 'leave it out of the rule' }: RuleRefusal): void {
  const path = detail.slice(0, detail.indexOf(' '));
  context.report({ severity: 'error', code: 'rule-refused', path, message: `${detail}; the rule answers 500`, hint });
}
