// SPDX-License-Identifier: Apache-2.0
import type { RouteEntry } from '../table/route-entry.ts';
import type { CompiledMatch } from './compiled-match.ts';

interface Ranked {
  readonly compiled: Pick<CompiledMatch, 'method' | 'headerCount' | 'queryCount'>;
  readonly entry: Pick<RouteEntry<unknown>, 'name' | 'route' | 'createdMs' | 'index'>;
  readonly matchIndex: number;
}

/**
 * Which of two candidates with equally good hostnames and paths comes first: negative = `a`. Gateway API, HTTPRouteRule.matches:
 * method, number of headers, number of query parameters; then the older route, its name, the order of rules and matches.
 */
export function compareCandidates(a: Ranked, b: Ranked): number {
  return (
    Number(b.compiled.method !== undefined) - Number(a.compiled.method !== undefined) ||
    b.compiled.headerCount - a.compiled.headerCount ||
    b.compiled.queryCount - a.compiled.queryCount ||
    a.entry.createdMs - b.entry.createdMs ||
    compareText(a.entry.route, b.entry.route) ||
    a.entry.index - b.entry.index ||
    compareText(a.entry.name, b.entry.name) ||
    a.matchIndex - b.matchIndex
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
