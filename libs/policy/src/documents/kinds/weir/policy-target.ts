// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { celText, celTexts, inCel, withApiForm } from '../api-form.ts';
import type { ApiForm } from '../api-form.ts';
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
}).check(
  withApiForm(targetRules(), context => {
    const { group, kind, sectionName } = context.value;
    const kinds = TARGET_KINDS.get(group) ?? [];
    if (!kinds.includes(kind)) addProblem(context, ['kind'], `is \`${kind}\`${ofGroup(group)}\n${kindHint(kind)}`);
    else if (sectionName !== undefined && WITHOUT_SECTIONS.has(kind)) {
      addProblem(context, ['sectionName'], `is written, and a ${kind} has no sections\nleave it out`);
    }
  }),
);

/** The same for API servers. */
function targetRules(): ApiForm {
  const pairs = [...TARGET_KINDS].map(([group, kinds]) => `(self.group == ${celText(group)} && self.kind in ${celTexts(kinds)})`);
  const withoutSections = [...WITHOUT_SECTIONS];
  return inCel(
    { rule: pairs.join(' || '), message: 'must be of a group and kind that policies can be attached to' },
    {
      rule: `!has(self.sectionName) || !(self.kind in ${celTexts(withoutSections)})`,
      message: `sectionName must not be written for ${withoutSections.join(' and ')}`,
    },
  );
}

function ofGroup(group: string): string {
  return ` of group "${group}", and no policy can be attached to that`;
}

function kindHint(kind: string): string {
  for (const [group, kinds] of TARGET_KINDS) if (kinds.includes(kind)) return `write group: ${group === '' ? '""' : group}`;
  const all = [...TARGET_KINDS.values()].flat().join(', ');
  return `write one of ${all}`;
}

export type PolicyTarget = z.output<typeof policyTarget>;

/** No kind is in two groups, so that kind, name and section tell targets apart. */
const DIFFERENT_TARGETS = inCel({
  rule: `self.all(a, self.exists_one(b, a.kind == b.kind && a.name == b.name && ${hasSame('sectionName')}))`,
  message: 'no target may be named twice',
});

/** An API server cannot bound what comparing values costs that stand in for those that are not written. */
function hasSame(field: string): string {
  return `has(a.${field}) == has(b.${field}) && (!has(a.${field}) || a.${field} == b.${field})`;
}

/** What every policy says of itself: where it is attached, and whether it acts. */
export const targetRefs = z
  .array(policyTarget)
  .min(1)
  .max(16)
  .check(
    withApiForm(
      DIFFERENT_TARGETS,
      uniqueBy('the target', ({ kind, name, sectionName }: PolicyTarget) =>
        [kind, name, ...(sectionName === undefined ? [] : [sectionName])].join(' '),
      ),
    ),
  )
  .describe('What the policy holds for.');

/** Targets of a policy that cannot be read as a whole. */
export interface ReadableTargets {
  /** At least one: the Namespace of the policy, where not all that are written can be read. */
  readonly targets: readonly PolicyTarget[];
  readonly isWhole: boolean;
}

/** `value`: of `targetRefs`, whatever it is. What cannot be read may be anything that a policy of this namespace can name. */
export function readableTargets(value: unknown, namespace: string): ReadableTargets {
  const written: readonly unknown[] = Array.isArray(value) ? value : [];
  const read = written.map(target => policyTarget.safeParse(target));
  const isWhole = read.length > 0 && read.every(({ success }) => success);
  const known = read.flatMap(({ data }, index) => data ?? objectOf(written[index]) ?? []);
  const all = isWhole ? known : [...known, { group: '', kind: 'Namespace', name: namespace }];
  const byKey = new Map(all.map(target => [JSON.stringify([target.kind, target.name, target.sectionName]), target]));
  return { targets: [...byKey.values()], isWhole };
}

/** The object as a whole, where only more that is said of it cannot be read. */
function objectOf(target: unknown): PolicyTarget | undefined {
  const named = z.object({ group: z.string(), kind: z.string(), name: z.string() }).safeParse(target);
  return policyTarget.safeParse(named.data).data;
}
