// SPDX-License-Identifier: Apache-2.0
import type { PathMatch, RouteMatch, ValueMatch } from '@weir/policy/snapshot';
import type { RouteEntry, RouteQuery } from '../route-entry.ts';

/** Every part of the precedence, the most significant first; the greater one wins. */
type Rank = readonly (number | string)[];

/** The plain reference: try everything, keep the best. Shares no code with the table. */
export function findRoute(entries: Iterable<RouteEntry<string>>, query: RouteQuery): string | undefined {
  let best: { readonly rank: Rank; readonly found: string } | undefined;
  for (const entry of entries) {
    for (const hostname of entry.hostnames.filter(one => hasHost(one, query.host))) {
      for (const [matchIndex, match] of entry.matches.entries()) {
        if (!hasMatch(match, query)) continue;
        const rank = rankOf(entry, hostname, matchIndex);
        if (best === undefined || isGreater(rank, best.rank)) best = { rank, found: `${entry.target} match ${matchIndex}` };
      }
    }
  }
  return best?.found;
}

function rankOf(entry: RouteEntry<string>, hostname: string, matchIndex: number): Rank {
  const match = entry.matches[matchIndex]!;
  const prefix = match.path.kind === 'prefix' ? withoutSlash(match.path.value).length : 0;
  // A method of any service: only the prefix `/` comes after it.
  const isLast = entry.routeKind === 'GRPCRoute' && match.path.kind === 'regex' && match.path.value.startsWith('/[^/]+/');
  return [
    hostname.startsWith('*') ? 0 : 1,
    hostname.length,
    isLast ? 0 : ['prefix', 'regex', 'exact'].indexOf(match.path.kind),
    isLast ? 0.5 : prefix,
    match.method === undefined ? 0 : 1,
    new Set(match.headers.map(one => one.name)).size,
    new Set(match.query.map(one => one.name)).size,
    -entry.createdMs,
    inverted(entry.route),
    -entry.index,
    -matchIndex,
  ];
}

/** Earlier names win, so they have to compare as greater. */
function inverted(name: string): string {
  return `${Array.from(name, char => String.fromCharCode(0xffff - char.charCodeAt(0))).join('')}\uffff`;
}

function isGreater(a: Rank, b: Rank): boolean {
  const decisive = a.findIndex((part, i) => part !== b[i]);
  return decisive !== -1 && a[decisive]! > b[decisive]!;
}

function hasHost(hostname: string, host: string): boolean {
  return hostname === '*' || hostname === host || (hostname.startsWith('*.') && host.endsWith(hostname.slice(1)));
}

function hasMatch(match: RouteMatch, query: RouteQuery): boolean {
  const parameters = new URLSearchParams(query.query ?? '');
  const joined = (name: string): string | undefined => {
    const values = [...query.headers.entries()].filter(([other]) => other === name).map(([, value]) => value);
    return values.length === 0 ? undefined : values.join(', ');
  };
  return (
    hasPath(match.path, query.path) &&
    (match.method === undefined || match.method === query.method) &&
    firstOfName(match.headers).every(one => hasValue(one, joined(one.name))) &&
    firstOfName(match.query).every(one => hasValue(one, parameters.get(one.name) ?? undefined))
  );
}

function firstOfName(matches: readonly ValueMatch[]): ValueMatch[] {
  return matches.filter((one, i) => matches.findIndex(other => other.name === one.name) === i);
}

function hasPath({ kind, value }: PathMatch, path: string): boolean {
  if (kind === 'exact') return path === value;
  if (kind === 'regex') return new RegExp(`^(?:${value})$`).test(path);
  const segments = withoutSlash(value);
  return segments === '' || path === segments || path.startsWith(`${segments}/`);
}

function hasValue({ kind, value }: ValueMatch, actual: string | undefined): boolean {
  if (actual === undefined) return false;
  return kind === 'exact' ? actual === value : new RegExp(`^(?:${value})$`).test(actual);
}

function withoutSlash(prefix: string): string {
  return prefix.replace(/\/$/, '');
}
