// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { groupName, kindName, objectName, referencedName } from '../fields.ts';
import { addProblem, uniqueBy } from '../list-rules.ts';
import { strictObject } from '../strict-object.ts';

const GATEWAY_API_GROUP = 'gateway.networking.k8s.io';

/** What a policy may be attached to, by group. */
const TARGET_KINDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['', ['Namespace', 'Service']],
  [GATEWAY_API_GROUP, ['Gateway', 'ListenerSet', 'HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute']],
]);

/** Kinds that have sections: listeners, or rules. */
const WITHOUT_SECTIONS: ReadonlySet<string> = new Set(['Namespace', 'Service']);

/** LocalPolicyTargetReferenceWithSectionName (GEP-713): always in the policy's own namespace. */
const policyTarget = strictObject({
  group: groupName.describe('`gateway.networking.k8s.io`, or "" for Namespace and Service.'),
  kind: kindName.describe('Namespace, Gateway, ListenerSet, HTTPRoute, GRPCRoute, TLSRoute, TCPRoute, UDPRoute or Service.'),
  name: referencedName.describe("Name of an object in the policy's own namespace; of kind Namespace: that namespace itself."),
  sectionName: objectName.optional().describe('A listener of a Gateway or ListenerSet, or a rule of a route, by its name.'),
}).check(context => {
  const { group, kind, sectionName } = context.value;
  const kinds = TARGET_KINDS.get(group) ?? [];
  if (!kinds.includes(kind)) addProblem(context, ['kind'], `is \`${kind}\`${ofGroup(group)}\n${kindHint(kind)}`);
  else if (sectionName !== undefined && WITHOUT_SECTIONS.has(kind)) {
    addProblem(context, ['sectionName'], `is written, and a ${kind} has no sections\nleave it out`);
  }
});

function ofGroup(group: string): string {
  return ` of group "${group}", and no policy can be attached to that`;
}

function kindHint(kind: string): string {
  for (const [group, kinds] of TARGET_KINDS) if (kinds.includes(kind)) return `write group: ${group === '' ? '""' : group}`;
  const all = [...TARGET_KINDS.values()].flat().join(', ');
  return `write one of ${all}`;
}

type PolicyTarget = z.output<typeof policyTarget>;

/** What every policy says of itself: where it is attached, and whether it acts. */
export const targetRefs = z
  .array(policyTarget)
  .min(1)
  .max(16)
  .check(
    uniqueBy('the target', ({ kind, name, sectionName }: PolicyTarget) =>
      [kind, name, ...(sectionName === undefined ? [] : [sectionName])].join(' '),
    ),
  )
  .describe('What the policy holds for.');
