// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import type { RouteMatch } from '@weir/policy/snapshot';
import type { Found, RouteEntry } from '../table/route-entry.ts';
import { compileMatch } from './compiled-match.ts';
import type { CompiledMatch } from './compiled-match.ts';
import { isTriedLast } from './is-tried-last.ts';

/** One match of an entry, ready to be placed; it is also the answer that `find` gives, so that a hit allocates nothing. */
export interface Candidate<Target> extends Found<Target> {
  readonly compiled: CompiledMatch;
  readonly isTriedLast: boolean;
}

/**
 * One candidate for each match. Throws if a regex is not RE2 or a path does not begin with `/`, and says which:
 * `rule/shop/cart/0 match 1: …`.
 */
export function compileCandidates<Target>(entry: RouteEntry<Target>): Candidate<Target>[] {
  return entry.matches.map((match, matchIndex) => {
    try {
      return compileCandidate(entry, match, matchIndex);
    } catch (cause) {
      throw new Error(`${entry.name} match ${matchIndex}: ${reasonWords(cause)}`, { cause });
    }
  });
}

function compileCandidate<Target>(entry: RouteEntry<Target>, match: RouteMatch, matchIndex: number): Candidate<Target> {
  const { kind, value } = match.path;
  if (kind !== 'regex' && !value.startsWith('/')) throw new Error(`path "${value}" does not begin with "/"`);
  const path = { kind, value: kind === 'prefix' && value.endsWith('/') ? value.slice(0, -1) : value };
  const matchedPrefix = kind === 'prefix' ? path.value || '/' : '';
  const base = { target: entry.target, entry, matchIndex, matchedPrefix, path };
  return { ...base, compiled: compileMatch(match), isTriedLast: isTriedLast(entry.routeKind, match.path) };
}
