// SPDX-License-Identifier: Apache-2.0
import type { RouteMatch, ValueMatch } from '@weir/policy/snapshot';
import type { RouteQuery } from '../table/route-entry.ts';
import { firstOfEachName } from './compiled-match.ts';
import type { Field } from './field.ts';
import { TextPattern } from './text-pattern.ts';

/** One part of a match held against a request. */
export interface PartCheck {
  readonly part: 'path' | 'method' | 'header' | 'query';
  /** Name of the header or parameter; '' otherwise. */
  readonly name: string;
  readonly kind: 'exact' | 'prefix' | 'regex';
  /** What the rule wants. */
  readonly wanted: string;
  /** What the request has; undefined = nothing of that name. */
  readonly actual: string | undefined;
  readonly isMet: boolean;
}

/**
 * Every part of a match, met or not, for people: the same semantics as `RouteTable.find`, which stops at the first part that
 * fails. Throws re2js's error for a pattern that RE2 does not take.
 */
export function checkMatch(match: RouteMatch, query: RouteQuery): PartCheck[] {
  const { kind, value: wanted } = match.path;
  const checks: PartCheck[] = [{ part: 'path', name: '', kind, wanted, actual: query.path, isMet: isPathMet(match, query.path) }];
  if (match.method !== undefined) {
    const isMet = match.method === query.method;
    checks.push({ part: 'method', name: '', kind: 'exact', wanted: match.method, actual: query.method, isMet });
  }
  const fields = [...firstOfEachName('header', match.headers), ...firstOfEachName('query', match.query)];
  return [...checks, ...fields.map(({ field, match: one }) => checkField(field, one, query))];
}

function isPathMet({ path: { kind, value } }: RouteMatch, path: string): boolean {
  if (kind === 'regex') return new TextPattern(value).covers(path);
  if (kind === 'exact') return value === path;
  const prefix = value.endsWith('/') ? value : `${value}/`;
  return path.startsWith(prefix) || `${path}/` === prefix;
}

function checkField(field: Field, { kind, value: wanted }: ValueMatch, query: RouteQuery): PartCheck {
  const actual = field.valueIn(query);
  const isMet = actual !== undefined && (kind === 'exact' ? actual === wanted : new TextPattern(wanted).covers(actual));
  return { part: field.source, name: field.name, kind, wanted, actual, isMet };
}
