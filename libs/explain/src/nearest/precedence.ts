// SPDX-License-Identifier: Apache-2.0
import type { RouteMatch, RouteRule } from '@weir/policy/snapshot';
import { compareHostnames, isTriedLast } from '@weir/routing';

/** A match at the place where it competes. */
export interface Placed {
  readonly hostname: string;
  readonly match: RouteMatch;
  readonly matchIndex: number;
  readonly rule: Pick<RouteRule, 'createdMs' | 'index' | 'route' | 'routeKind'>;
}

interface Criterion {
  readonly compare: (a: Placed, b: Placed) => number;
  /** Why `loser` comes after `winner`. */
  readonly words: (winner: Placed, loser: Placed) => string;
}

const PATH_KINDS = ['exact', 'regex', 'prefix'] as const;

/** The order of `RouteTable.find`, with words; a test holds the two together. */
const CRITERIA: readonly Criterion[] = [
  {
    compare: (a, b) => compareHostnames(a.hostname, b.hostname),
    words: (winner, loser) => `hostname ${loser.hostname} is less specific than ${winner.hostname}`,
  },
  {
    compare: (a, b) => pathRank(a) - pathRank(b),
    words: (winner, loser) => `path ${kindWord(winner)} goes before path ${kindWord(loser)}`,
  },
  {
    compare: (a, b) => prefixLength(b) - prefixLength(a),
    words: (winner, loser) =>
      isLast(winner) || isLast(loser)
        ? 'a named service goes before a method of any service, and that before everything'
        : `path prefix ${loser.match.path.value} is shorter than ${winner.match.path.value}`,
  },
  {
    compare: (a, b) => Number(b.match.method !== undefined) - Number(a.match.method !== undefined),
    words: () => 'it asks for no method',
  },
  {
    compare: (a, b) => nameCount(b.match.headers) - nameCount(a.match.headers),
    words: () => 'it asks for fewer headers',
  },
  {
    compare: (a, b) => nameCount(b.match.query) - nameCount(a.match.query),
    words: () => 'it asks for fewer query parameters',
  },
  { compare: (a, b) => a.rule.createdMs - b.rule.createdMs, words: () => 'its route is younger' },
  {
    compare: (a, b) => (a.rule.route < b.rule.route ? -1 : Number(a.rule.route > b.rule.route)),
    words: winner => `${winner.rule.route} goes before it by name`,
  },
  { compare: (a, b) => a.rule.index - b.rule.index || a.matchIndex - b.matchIndex, words: () => 'it comes later in its route' },
];

/** Negative = `a` has precedence. */
export function comparePlaced(a: Placed, b: Placed): number {
  return CRITERIA.map(({ compare }) => compare(a, b)).find(order => order !== 0) ?? 0;
}

export function whyLess(winner: Placed, loser: Placed): string {
  return CRITERIA.find(({ compare }) => compare(winner, loser) !== 0)?.words(winner, loser) ?? 'it is equal';
}

function kindWord({ match: { path } }: Placed): string {
  return path.kind === 'exact' ? 'exactly' : path.kind;
}

function pathRank(placed: Placed): number {
  return PATH_KINDS.indexOf(isLast(placed) ? 'prefix' : placed.match.path.kind);
}

function isLast({ rule, match }: Placed): boolean {
  return isTriedLast(rule.routeKind, match.path);
}

/** What is tried last stands just before the prefix `/`, whose length is 0. */
function prefixLength(placed: Placed): number {
  const { path } = placed.match;
  if (isLast(placed)) return 0.5;
  return path.kind === 'prefix' ? path.value.replace(/\/$/, '').length : 0;
}

/** Repeated names count once, as only the first of them counts. */
function nameCount(matches: RouteMatch['headers']): number {
  return new Set(matches.map(({ name }) => name)).size;
}
