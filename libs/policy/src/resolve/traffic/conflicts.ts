// SPDX-License-Identifier: Apache-2.0
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { Issue } from '../issue.ts';
import { scopesOf } from '../policy/policy-index.ts';
import { TRAFFIC_FIELDS } from './traffic-fields.ts';
import type { TrafficPolicyDocument } from './resolve-traffic-policy.ts';

/** Fields of which another policy at the very same target says something else, and goes first: it is older, or first by name. */
export function conflictIssues(document: TrafficPolicyDocument, lookup: Lookup): readonly Issue[] {
  return scopesOf(document).flatMap((scope, index) => {
    const names = lookup.policiesAt('TrafficPolicy', scope).filter(name => name !== `${document.namespace}/${document.name}`);
    const others = names.flatMap(name => lookup.get('TrafficPolicy', document.namespace, name.split('/')[1] ?? '') ?? []);
    return others.flatMap(other => conflictIssue(document, other, `spec.targetRefs[${index}]`) ?? []);
  });
}

function conflictIssue(document: TrafficPolicyDocument, other: TrafficPolicyDocument, path: string): Issue | undefined {
  const isSameRank = document.spec.precedence === other.spec.precedence;
  if (!isSameRank || !isBefore(other, document)) return undefined;
  const shared = TRAFFIC_FIELDS.filter(
    ({ strategy, valueIn }) =>
      strategy === 'nearest' && valueIn(document.spec) !== undefined && valueIn(other.spec) !== undefined,
  );
  if (shared.length === 0) return undefined;
  const fields = shared.map(field => `spec.${field.path}`).join(', ');
  const message = `${path} has TrafficPolicy \`${other.name}\` already, which is older or comes first by name: ${fields} of this one do not hold there`;
  return {
    document,
    severity: 'error',
    code: 'policy-conflict',
    path,
    message,
    hint: 'leave these fields out of one of the two',
  };
}

function isBefore(left: TrafficPolicyDocument, right: TrafficPolicyDocument): boolean {
  return left.createdMs - right.createdMs < 0 || (left.createdMs === right.createdMs && left.name < right.name);
}
