// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { RouteMatch, RouteRule } from '@weir/policy/snapshot';
import { normalisePath } from '../target/normalise-path.ts';
import { RouteTable } from '../table/route-table.ts';
import type { RouteEntry } from '../table/route-entry.ts';

/** A rule as the table of `listener` (its `Listener.name`) holds it; undefined if the rule is not attached there. */
export function entryFromRule<Target>(rule: RouteRule, listener: string, target: Target): RouteEntry<Target> | undefined {
  const hostnames = rule.attachments.filter(at => at.listener === listener).flatMap(at => at.hostnames);
  if (hostnames.length === 0) return undefined;
  const { name, routeKind, createdMs, route, index } = rule;
  return { name, routeKind, hostnames, matches: rule.matches.map(normaliseMatch), createdMs, route, index, target };
}

/** The whole table of a listener from all rules there are. The same for the engine and for explain. */
export function tableForListener<Target>(
  rules: Iterable<RouteRule>,
  listener: string,
  targetOf: (rule: RouteRule) => Target,
): RouteTable<Target> {
  const edit = new RouteTable<Target>().edit();
  for (const rule of rules) {
    if (!rule.attachments.some(at => at.listener === listener)) continue;
    const entry = entryFromRule(rule, listener, targetOf(rule));
    if (entry !== undefined) edit.upsert(entry);
  }
  return edit.commit();
}

/** Written paths take the form that request paths have; one that no request can have stays, and matches nothing. */
function normaliseMatch(match: RouteMatch): RouteMatch {
  if (match.path.kind === 'regex') return match;
  try {
    const value = normalisePath(match.path.value);
    return value === match.path.value ? match : { ...match, path: { kind: match.path.kind, value } };
  } catch (reason) {
    if (reason instanceof Fault) return match;
    throw reason;
  }
}
