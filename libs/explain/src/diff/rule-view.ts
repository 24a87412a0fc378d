// SPDX-License-Identifier: Apache-2.0
import type { Attachment, ResourceName, RouteRule, RuleAction, Snapshot, StreamRule } from '@weir/policy/snapshot';
import type { RuleDiff } from './policy-diff.ts';
import { isSame } from './values.ts';

/** What rules of all kinds of routes have in common. */
export interface RuleView {
  readonly routeKind: RuleDiff['routeKind'];
  readonly route: string;
  readonly rule: string;
  readonly attachments: readonly Attachment[];
  readonly backends: readonly BackendView[];
  /** Undefined of rules that carry connections: they take all there are. */
  readonly matches: RouteRule['matches'] | undefined;
  readonly action: RuleAction | undefined;
}

export interface BackendView {
  readonly backend: ResourceName | undefined;
  readonly label: string;
  readonly weight: number;
  readonly access: ResourceName | undefined;
}

export function rulesOf({ resources }: Snapshot): readonly RuleView[] {
  return [...resources.values()].flatMap((resource): RuleView[] => {
    if (resource.kind === 'routeRule') {
      return [{ ...resource, rule: ruleTitleOf(resource), backends: resource.action.backends }];
    }
    return resource.kind === 'streamRule'
      ? [{ ...resource, rule: ruleTitleOf(resource), matches: undefined, action: undefined }]
      : [];
  });
}

/** A rule is there several times where it is another one for who calls and for who receives, or at one of its listeners. */
function ruleTitleOf({ name, rule }: RouteRule | StreamRule): string {
  if (name.startsWith('inbound-')) return `${rule} as received`;
  if (name.startsWith('mesh-')) return `${rule} as called`;
  const apart = name.indexOf('@');
  return apart === -1 ? rule : `${rule} at ${name.slice(apart + 1)}`;
}

export function titleOf({ routeKind, route, rule }: Pick<RuleView, 'route' | 'routeKind' | 'rule'>): string {
  return `${routeKind} ${route} rule ${rule}`;
}

export type RulePair = readonly [before: RuleView | undefined, after: RuleView | undefined];

/**
 * Which rule was which: the same name or index with the same matches, then the same matches in the same route (rules without a name
 * move when one is put before them), then the same name or index.
 */
export function pairRules(before: readonly RuleView[], after: readonly RuleView[]): readonly RulePair[] {
  const pairs: RulePair[] = [];
  const [left, right] = [new Set(before), new Set(after)];
  for (const isPair of [(...both: Both) => isSameRule(...both) && hasSameMatches(...both), hasSameMatches, isSameRule]) {
    const candidates = Map.groupBy(right, routeOf);
    for (const old of left) {
      const now = candidates.get(routeOf(old))?.find(rule => right.has(rule) && isPair(old, rule));
      if (now === undefined) continue;
      pairs.push([old, now]);
      left.delete(old);
      right.delete(now);
    }
  }
  const rest: readonly RulePair[] = [
    ...[...left].map(old => [old, undefined] as const),
    ...[...right].map(now => [undefined, now] as const),
  ];
  return [...pairs, ...rest].sort((one, other) => (orderOf(one) < orderOf(other) ? -1 : 1));
}

type Both = readonly [before: RuleView, after: RuleView];

function routeOf({ routeKind, route }: RuleView): string {
  return `${routeKind} ${route}`;
}

function isSameRule(before: RuleView, after: RuleView): boolean {
  return before.rule === after.rule;
}

function hasSameMatches(before: RuleView, after: RuleView): boolean {
  return before.matches !== undefined && isSame(before.matches, after.matches);
}

function orderOf([before, after]: RulePair): string {
  return titleOf(after ?? before!);
}
