// SPDX-License-Identifier: Apache-2.0
import type { DocumentOfKind } from '@weir/policy/documents';
import { concurrencyLimitChanges } from './concurrency-limit-changes.ts';
import { targetChanges } from './declaration-changes.ts';
import { faultChanges } from './fault-changes.ts';
import { neutral } from './policy-diff.ts';
import type { Change, Compiled, ObjectDiff } from './policy-diff.ts';
import { rateLimitChanges } from './rate-limit-changes.ts';
import { limitsInForce } from './traffic-chains.ts';
import { differingFields, fieldOf, fromTo, paired } from './values.ts';

type TrafficPolicyDocument = DocumentOfKind['TrafficPolicy'];

/** What TrafficPolicies say otherwise than before; which of them hold where stands with the rules. */
export function trafficPolicyDiffs(before: Compiled, after: Compiled): readonly Omit<ObjectDiff, 'holdsFor'>[] {
  const { both, lost, gained } = paired(policiesOf(before), policiesOf(after), labelOf);
  const diffOf = (document: TrafficPolicyDocument, state: ObjectDiff['state'], changes: readonly Change[]) => ({
    kind: 'TrafficPolicy' as const,
    name: labelOf(document),
    state,
    changes,
  });
  return [
    ...lost.map(document => diffOf(document, 'removed', [neutral('removed')])),
    ...gained.map(document => diffOf(document, 'added', [neutral('added')])),
    ...both.map(([old, now]) =>
      diffOf(now, 'changed', [
        ...limitChanges(labelOf(now), before, after),
        ...callChanges(old, now),
        ...targetChanges(old, now),
      ]),
    ),
  ];
}

function policiesOf({ documents }: Compiled): readonly TrafficPolicyDocument[] {
  return [...documents.values()].filter(document => document.kind === 'TrafficPolicy');
}

function labelOf({ namespace, name }: TrafficPolicyDocument): string {
  return `${namespace}/${name}`;
}

/** Limits that are in force on one side only are said of the rules that they come to or go from. */
function limitChanges(policy: string, before: Compiled, after: Compiled): readonly Change[] {
  const [old, now] = [before, after].map(({ snapshot }) => limitsInForce(snapshot, policy));
  if (old === undefined || now === undefined) return [];
  return [
    ...rateLimitChanges(old.rateLimits, now.rateLimits),
    ...concurrencyLimitChanges(old.concurrencyLimits, now.concurrencyLimits),
    ...faultChanges(old.faults, now.faults),
  ];
}

/** How backends are called is about reliability: it admits nobody. */
function callChanges({ spec: before }: TrafficPolicyDocument, { spec: after }: TrafficPolicyDocument): readonly Change[] {
  return [
    ...partChanges('timeouts', before.timeouts ?? {}, after.timeouts ?? {}),
    ...partChanges('retry', before.retry ?? {}, after.retry ?? {}),
    ...(before.priority === after.priority ? [] : [neutral(fromTo('priority', before.priority, after.priority))]),
    ...(before.precedence === after.precedence ? [] : [neutral(fromTo('precedence', before.precedence, after.precedence))]),
  ];
}

function partChanges(part: string, before: object, after: object): readonly Change[] {
  return differingFields(before, after).map(name =>
    neutral(fromTo(`${part}.${name}`, fieldOf(before, name), fieldOf(after, name))),
  );
}
