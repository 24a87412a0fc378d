// SPDX-License-Identifier: Apache-2.0
import { FILTER_ORDER } from '@weir/filters';
import type { FilterSpec, HeaderChanges, PathChange, RequestRedirectSpec, UrlRewriteSpec } from '@weir/policy/snapshot';

/** Filters in words, in the order in which a request meets them. */
export function describeFilters(specs: readonly FilterSpec[]): string[] {
  return specs.toSorted((a, b) => FILTER_ORDER[a.kind] - FILTER_ORDER[b.kind]).map(describeFilter);
}

function describeFilter(spec: FilterSpec): string {
  switch (spec.kind) {
    case 'requestHeaderModifier':
      return `request headers: ${describeChanges(spec)}`;
    case 'responseHeaderModifier':
      return `response headers: ${describeChanges(spec)}`;
    case 'requestRedirect':
      return `redirect ${spec.statusCode}${describeTarget(spec)}`;
    case 'urlRewrite':
      return `rewrite${describeTarget(spec)}`;
    case 'requestMirror':
      return describeMirror(spec);
    case 'externalAuth':
      return `external authorization: asks Service ${spec.authorization.label}`;
    case 'cors':
      return `CORS for ${spec.allowOrigins.join(', ') || 'no origin'}${spec.allowCredentials ? ', with credentials' : ''}`;
  }
}

function describeChanges({ set, add, remove }: HeaderChanges): string {
  const changes = [
    ...set.map(({ name, value }) => `set ${name}: ${value}`),
    ...add.map(({ name, value }) => `add ${name}: ${value}`),
    ...remove.map(name => `remove ${name}`),
  ];
  return changes.join(', ') || 'no change';
}

function describeTarget(spec: RequestRedirectSpec | UrlRewriteSpec): string {
  const parts = spec.kind === 'urlRewrite' ? [] : [...part('scheme', spec.scheme), ...part('port', spec.port)];
  const all = [...parts, ...part('host', spec.hostname), ...part('path', spec.path && describePathChange(spec.path))];
  return all.length === 0 ? '' : `: ${all.join(', ')}`;
}

function part(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`${name} ${value}`];
}

function describePathChange({ kind, value }: PathChange): string {
  return kind === 'replaceFull' ? `becomes ${value}` : `prefix becomes ${value || '/'}`;
}

function describeMirror({ backend, numerator, denominator }: Extract<FilterSpec, { kind: 'requestMirror' }>): string {
  if (backend === undefined) return 'mirror: backend cannot be used, nothing is mirrored';
  return `mirror ${Number(((numerator / denominator) * 100).toFixed(2))} % to ${backend}`;
}
