// SPDX-License-Identifier: Apache-2.0
import { headerChangesProblem, requestHeaderChangesProblem } from '../../snapshot/index.ts';
import type { CorsSpec, HeaderChanges, PathChange, RequestRedirectSpec, UrlRewriteSpec } from '../../snapshot/index.ts';
import type { HttpRouteRuleSpec } from '../inventory/document-of.ts';
import { externalAuth } from './external-auth.ts';
import { resolveBackendRef } from './resolve-backend-ref.ts';
import type { ResolvedFilter, RuleRefusal } from './resolved-route.ts';
import type { RouteContext } from './route-context.ts';
import { accessOfBackend } from './rule-access.ts';

type WrittenFilter = NonNullable<HttpRouteRuleSpec['filters']>[number];
/** Those of a GRPCRoute are among those of an HTTPRoute. */
export type FilterSpecs = readonly WrittenFilter[];

/** A query, a fragment, repeated slashes, dot segments, backslashes, controls. */
const AMBIGUOUS_IN_PATH = /[?#\\\p{Cc}]|\/\/|(?:^|\/)\.{1,2}(?=\/|$)/u;
/** The default of HTTPRequestRedirectFilter.statusCode. */
const DEFAULT_REDIRECT_STATUS = 302;
/** The default of HTTPCORSFilter.maxAge, which is also the browsers'. */
const DEFAULT_CORS_MAX_AGE_SECONDS = 5;

export interface ResolvedFilters {
  readonly filters: readonly ResolvedFilter[];
  readonly refusals: readonly RuleRefusal[];
}

/** What surrounds a list of filters. */
export interface FilterPlace {
  /** `spec.rules[0].filters`. */
  readonly path: string;
  /** Whether every match of the rule is a PathPrefix, so that there is a prefix to replace. */
  readonly isPrefixRule: boolean;
}

/** Resolves the filters of a rule or of one of its backends. What cannot be served refuses the rule; nothing is left out in silence. */
export function resolveFilters(context: RouteContext, specs: FilterSpecs, { path, isPrefixRule }: FilterPlace): ResolvedFilters {
  const filters: ResolvedFilter[] = [];
  const refusals: RuleRefusal[] = [];
  for (const [index, spec] of specs.entries()) {
    const filterPath = `${path}[${index}]`;
    const resolved = resolveFilter(context, spec, filterPath);
    const problem = typeof resolved === 'string' ? resolved : problemOf(resolved);
    if (problem !== undefined) refusals.push({ reason: 'UnsupportedValue', detail: `${filterPath} ${problem}` });
    if (typeof resolved === 'string') continue;
    if (!isPrefixRule && replacesPrefix(resolved)) {
      const detail = `${filterPath} replaces a prefix, and not every match of the rule is a PathPrefix`;
      refusals.push({ reason: 'UnsupportedValue', detail, hint: 'write a rule of its own for the prefixes' });
    }
    filters.push(resolved);
  }
  const incompatible = incompatibility(filters);
  if (incompatible !== undefined) {
    refusals.push({ reason: 'IncompatibleFilters', detail: `${path} ${incompatible}`, hint: 'leave one of them out' });
  }
  return { filters, refusals };
}

/** Why a filter that is well written cannot be served. */
function problemOf(filter: ResolvedFilter): string | undefined {
  switch (filter.kind) {
    case 'requestHeaderModifier':
      return prefixed('cannot be served: ', requestHeaderChangesProblem(filter));
    case 'responseHeaderModifier':
      return prefixed('cannot be served: ', headerChangesProblem(filter));
    case 'requestRedirect':
    case 'urlRewrite':
      return pathProblem(filter.path);
    case 'requestMirror':
    case 'cors':
    case 'externalAuth':
      return undefined;
  }
}

function prefixed(words: string, problem: string | undefined): string | undefined {
  return problem === undefined ? undefined : words + problem;
}

/** Paths that have more than one reading, or are none: what routing saw and what the backend sees must be alike. */
function pathProblem(path: PathChange | undefined): string | undefined {
  if (path === undefined) return undefined;
  const found = AMBIGUOUS_IN_PATH.exec(path.value);
  if (found === null) return undefined;
  return `replaces by the path \`${path.value}\`, in which \`${found[0]}\` has no single reading: write a plain path such as /a/b`;
}

/** The filter, or what is wrong with it. */
function resolveFilter(context: RouteContext, spec: WrittenFilter, path: string): ResolvedFilter | string {
  switch (spec.type) {
    case 'RequestHeaderModifier':
      return { kind: 'requestHeaderModifier', ...headerChanges(spec.requestHeaderModifier) };
    case 'ResponseHeaderModifier':
      return { kind: 'responseHeaderModifier', ...headerChanges(spec.responseHeaderModifier) };
    case 'RequestRedirect':
      return redirect(spec.requestRedirect);
    case 'URLRewrite':
      return rewrite(spec.urlRewrite);
    case 'RequestMirror':
      return mirror(context, spec, `${path}.requestMirror.backendRef`);
    case 'CORS':
      return cors(spec.cors);
    case 'ExtensionRef':
      context.failReference('InvalidKind', `${path} is an ExtensionRef, and Weir has no filters of that kind`);
      return 'is an ExtensionRef, and Weir has no filters of that kind';
    case 'ExternalAuth':
      return externalAuth(context, spec.externalAuth, `${path}.externalAuth`);
  }
}

function headerChanges(spec: WrittenFilter['requestHeaderModifier']): HeaderChanges {
  const { set = [], add = [], remove = [] } = spec ?? {};
  const lowerCase = ({ name, value }: { name: string; value: string }): { name: string; value: string } => ({
    name: name.toLowerCase(),
    value,
  });
  return { set: set.map(lowerCase), add: add.map(lowerCase), remove: remove.map(name => name.toLowerCase()) };
}

function redirect(spec: WrittenFilter['requestRedirect']): RequestRedirectSpec {
  const { scheme, hostname, path, port, statusCode = DEFAULT_REDIRECT_STATUS } = spec ?? {};
  return { kind: 'requestRedirect', scheme, hostname: hostname?.toLowerCase(), path: pathChange(path), port, statusCode };
}

function rewrite(spec: WrittenFilter['urlRewrite']): UrlRewriteSpec {
  const { hostname, path } = spec ?? {};
  return { kind: 'urlRewrite', hostname: hostname?.toLowerCase(), path: pathChange(path) };
}

function pathChange(path: NonNullable<WrittenFilter['urlRewrite']>['path']): PathChange | undefined {
  switch (path?.type) {
    case undefined:
      return undefined;
    case 'ReplaceFullPath':
      return { kind: 'replaceFull', value: path.replaceFullPath ?? '' };
    case 'ReplacePrefixMatch':
      return { kind: 'replacePrefix', value: path.replacePrefixMatch ?? '' };
  }
}

function mirror(context: RouteContext, { requestMirror: spec }: WrittenFilter, path: string): ResolvedFilter | string {
  if (spec === undefined) return 'has type RequestMirror without requestMirror';
  const { numerator, denominator = 100 } = spec.fraction ?? { numerator: spec.percent ?? 100 };
  const target = resolveBackendRef(context, spec.backendRef, path);
  return { kind: 'requestMirror', target, access: accessOfBackend(context, target), numerator, denominator };
}

function cors(spec: WrittenFilter['cors']): CorsSpec {
  const { allowOrigins = [], allowCredentials = false, allowMethods = [], allowHeaders = [], exposeHeaders = [] } = spec ?? {};
  return {
    kind: 'cors',
    allowOrigins,
    allowCredentials,
    allowMethods,
    allowHeaders,
    exposeHeaders,
    maxAgeSeconds: spec?.maxAge ?? DEFAULT_CORS_MAX_AGE_SECONDS,
  };
}

function replacesPrefix(filter: ResolvedFilter): boolean {
  return (filter.kind === 'requestRedirect' || filter.kind === 'urlRewrite') && filter.path?.kind === 'replacePrefix';
}

function incompatibility(filters: readonly ResolvedFilter[]): string | undefined {
  const isRedirected = filters.some(({ kind }) => kind === 'requestRedirect');
  const isRewritten = filters.some(({ kind }) => kind === 'urlRewrite');
  return isRedirected && isRewritten
    ? 'have a RequestRedirect and a URLRewrite: a redirect is answered before anything is rewritten'
    : undefined;
}
