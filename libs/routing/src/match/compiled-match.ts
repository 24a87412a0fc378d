// SPDX-License-Identifier: Apache-2.0
import type { RouteMatch, ValueMatch } from '@weir/policy/snapshot';
import type { RouteQuery } from '../table/route-entry.ts';
import { Field } from './field.ts';
import { TextPattern } from './text-pattern.ts';

/** A field that must have one value: what a `MatchSet` finds by hashing and not by trying. */
export interface Requirement {
  readonly field: Field;
  readonly value: string;
}

interface Condition {
  readonly field: Field;
  readonly pattern: TextPattern;
}

/** A `RouteMatch` taken apart into what is looked up and what has to be tried. */
export interface CompiledMatch {
  readonly method: string | undefined;
  readonly pathPattern: TextPattern | undefined;
  /** In one order for all matches, so that equal ones share a place. */
  readonly requirements: readonly Requirement[];
  readonly conditions: readonly Condition[];
  /** Counted after repeated names were dropped. */
  readonly headerCount: number;
  readonly queryCount: number;
}

/** Throws re2js's error for a pattern that RE2 does not take. */
export function compileMatch(match: RouteMatch): CompiledMatch {
  const headers = firstOfEachName('header', match.headers);
  const query = firstOfEachName('query', match.query);
  const all = [...headers, ...query];
  if (all.length === 0 && match.method === undefined && match.path.kind !== 'regex') return PATH_ONLY;
  return {
    method: match.method,
    pathPattern: match.path.kind === 'regex' ? new TextPattern(match.path.value) : undefined,
    requirements: all
      .filter(({ match: { kind } }) => kind === 'exact')
      .map(({ field, match: { value } }) => ({ field, value }))
      .sort((a, b) => compareFields(a.field, b.field)),
    conditions: all
      .filter(({ match: { kind } }) => kind === 'regex')
      .map(({ field, match: { value } }) => ({ field, pattern: new TextPattern(value) })),
    headerCount: headers.length,
    queryCount: query.length,
  };
}

/** Most matches ask for a path and nothing else: one object for all of them is always close at hand. */
const PATH_ONLY: CompiledMatch = Object.freeze({
  method: undefined,
  pathPattern: undefined,
  requirements: [],
  conditions: [],
  headerCount: 0,
  queryCount: 0,
});

/** Whether a request has what is left once its `requirements` are known to hold. Regexes over long paths come last. */
export function satisfiesRest(match: CompiledMatch, query: RouteQuery): boolean {
  if (match === PATH_ONLY) return true;
  if (match.method !== undefined && match.method !== query.method) return false;
  for (const { field, pattern } of match.conditions) {
    const value = field.valueIn(query);
    if (value === undefined || !pattern.covers(value)) return false;
  }
  return match.pathPattern === undefined || match.pathPattern.covers(query.path);
}

/** Of several entries for one name only the first counts (Gateway API, HTTPRouteMatch.headers and .queryParams). */
export function firstOfEachName(source: Field['source'], matches: readonly ValueMatch[]): { field: Field; match: ValueMatch }[] {
  const byName = new Map<string, { field: Field; match: ValueMatch }>();
  for (const match of matches) {
    const field = new Field(source, match.name);
    if (!byName.has(field.name)) byName.set(field.name, { field, match });
  }
  return [...byName.values()];
}

function compareFields(a: Field, b: Field): number {
  if (a.source !== b.source) return a.source < b.source ? -1 : 1;
  return a.name < b.name ? -1 : Number(a.name > b.name);
}
