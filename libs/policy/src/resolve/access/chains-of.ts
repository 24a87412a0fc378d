// SPDX-License-Identifier: Apache-2.0
import type { PolicyChain } from '../policy/policy-chain.ts';
import type { ResolvedFilter, ResolvedRoute } from '../route/resolved-route.ts';

type Rule = ResolvedRoute['rules'][number];

/** Every access chain that a route's requests or connections pass; one that is passed twice is there twice. */
export function chainsOf(route: ResolvedRoute | undefined): readonly PolicyChain[] {
  return (route?.rules ?? []).flatMap(rule => [
    ...rule.access.values(),
    ...rule.backends.flatMap(backend => backend.access ?? []),
    ...filtersOf(rule).flatMap(filter => (filter.kind === 'requestMirror' ? (filter.access ?? []) : [])),
  ]);
}

/** Rules of streams have none. */
function filtersOf(rule: Rule): readonly ResolvedFilter[] {
  return 'filters' in rule ? [...rule.filters, ...rule.backends.flatMap(backend => backend.filters)] : [];
}
