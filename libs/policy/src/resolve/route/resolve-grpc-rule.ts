// SPDX-License-Identifier: Apache-2.0
import type { PathMatch, RouteMatch } from '../../snapshot/index.ts';
import type { DocumentOf } from '../inventory/document-of.ts';
import { meshHalvesOf } from '../mesh/resolve-mesh-half.ts';
import type { GrpcRetry } from './grpc-retry.ts';
import { resolveForwarding } from './resolve-forwarding.ts';
import { ANY_PATH, RE2_HINT, regexFault, resolveHeaderMatches } from './resolve-matches.ts';
import type { OnBroken } from './resolve-matches.ts';
import type { ResolvedRule, RuleRefusal } from './resolved-route.ts';
import type { RouteContext } from './route-context.ts';
import { accessOfRule } from './rule-access.ts';
import { trafficOfRule } from './rule-traffic.ts';
import { wholeValueExpression } from './whole-value-expression.ts';

export type GrpcRuleSpec = DocumentOf<'GRPCRoute'>['spec']['rules'][number];
type MethodSpec = NonNullable<GrpcRuleSpec['matches'][number]['method']>;

interface GrpcRulePlace {
  readonly index: number;
  /** What the route's annotations say. */
  readonly retry: GrpcRetry;
}

/**
 * Resolves one rule of a GRPCRoute. A call is a POST of `/package.Service/Method` (gRPC over HTTP/2, Requests), so that matches
 * on services and methods become matches on paths; that it is a POST is for the backend to insist on.
 */
export function resolveGrpcRule(context: RouteContext, spec: GrpcRuleSpec, { index, retry }: GrpcRulePlace): ResolvedRule {
  const base = `spec.rules[${index}]`;
  const refusals: RuleRefusal[] = [...retry.refusals];
  const matches = resolveGrpcMatches(spec, (path, message) => {
    refusals.push({ reason: 'UnsupportedValue', detail: `${base}.${path} ${message}`, hint: RE2_HINT });
  });
  const forwarding = resolveForwarding(context, spec, { base, isPrefixRule: false, matches, refusals });
  const traffic = trafficOfRule(context, { name: spec.name, ...forwarding });
  const mesh = meshHalvesOf(context, { name: spec.name, path: base, ...forwarding });
  const identity = { name: spec.name ?? String(index), access: accessOfRule(context, spec.name) };
  return {
    ...identity,
    matches,
    ...forwarding,
    traffic,
    mesh,
    requestTimeoutMs: undefined,
    attemptTimeoutMs: undefined,
    retry: retry.spec,
  };
}

function resolveGrpcMatches({ matches }: GrpcRuleSpec, onBroken: OnBroken): readonly RouteMatch[] {
  if (matches.length === 0) return [{ path: ANY_PATH, method: undefined, headers: [], query: [] }];
  return matches.map(({ method, headers = [] }, index) => ({
    path:
      method === undefined
        ? ANY_PATH
        : resolveMethod(method, (field, fault) => onBroken(`matches[${index}].method.${field}`, fault)),
    method: undefined,
    headers: resolveHeaderMatches(headers, (i, fault) => onBroken(`matches[${index}].headers[${i}].value`, fault)),
    query: [],
  }));
}

/** One segment of a path, whatever it is. */
const ANY_SEGMENT = '[^/]+';

/** Empty is the same as not written (GRPCMethodMatch). */
function resolveMethod({ type, service = '', method = '' }: MethodSpec, onBroken: OnBroken): PathMatch {
  if (type === 'RegularExpression') return resolveExpressions({ service, method }, onBroken);
  if (service === '') return { kind: 'regex', value: `/${ANY_SEGMENT}/${method}` };
  return method === '' ? { kind: 'prefix', value: `/${service}` } : { kind: 'exact', value: `/${service}/${method}` };
}

/** Each written expression covers its whole segment of the path, as if it stood alone. */
function resolveExpressions(expressions: Readonly<Record<'method' | 'service', string>>, onBroken: OnBroken): PathMatch {
  const parts = (['service', 'method'] as const).map(field => {
    const expression = expressions[field];
    if (expression === '') return ANY_SEGMENT;
    const segment = segmentOf(expression);
    if ('expression' in segment) return `(?:${segment.expression})`;
    onBroken(field, segment.fault);
    return undefined;
  });
  // What the expression may have been meant for is refused under whatever it could have covered.
  return parts.includes(undefined) ? ANY_PATH : { kind: 'regex', value: `/${parts.join('/')}` };
}

function segmentOf(written: string): { readonly expression: string } | { readonly fault: string } {
  const fault = regexFault(written);
  if (fault !== undefined) return { fault };
  const expression = wholeValueExpression(written);
  if (expression === undefined) {
    return { fault: `has ^ or $ inside \`${written}\`; leave them out: it has to match the whole name anyway` };
  }
  const faultInside = regexFault(`(?:${expression})`);
  return faultInside === undefined ? { expression } : { fault: faultInside };
}
