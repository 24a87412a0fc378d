// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { groupName, kindName, namespaceName, objectName, portNumber, referencedName } from './fields.ts';
import { addProblem, uniqueBy } from './list-rules.ts';
import { strictObject } from './strict-object.ts';

const parentRef = strictObject({
  group: groupName.default('gateway.networking.k8s.io'),
  kind: kindName.default('Gateway'),
  namespace: namespaceName.optional(),
  name: referencedName,
  sectionName: objectName.optional(),
  port: portNumber.optional(),
});
type ParentRef = z.output<typeof parentRef>;

function parentOf({ group, kind, namespace, name }: ParentRef): string {
  return [group, kind, namespace, name].join('/');
}

function sectionOf(ref: ParentRef): string {
  return [ref.kind, ref.name, ref.sectionName, ref.port].filter(part => part !== undefined).join(' ');
}

/** Two references to one parent must say in the same way which part each means, else one covers the other. */
function refuseOverlappingParents(context: z.core.ParsePayload<ParentRef[]>): void {
  const firstByParent = new Map<string, ParentRef>();
  for (const [index, ref] of context.value.entries()) {
    const first = firstByParent.get(parentOf(ref));
    if (first === undefined) {
      firstByParent.set(parentOf(ref), ref);
      continue;
    }
    const fields = ['sectionName', 'port'] as const;
    if (fields.every(field => (first[field] === undefined) === (ref[field] === undefined))) continue;
    const message = `names ${ref.kind} \`${ref.name}\` again, and not both references say which section or port they mean`;
    addProblem(context, [index], `${message}\nwrite sectionName in each of them`);
  }
}

/** CommonRouteSpec: what routes of every kind have. */
export const commonRouteShape = {
  parentRefs: z
    .array(parentRef)
    .max(32)
    .check(
      refuseOverlappingParents,
      uniqueBy('the reference to', ref => `${sectionOf(ref)}${ref.namespace === undefined ? '' : ` in ${ref.namespace}`}`),
    )
    .optional(),
  useDefaultGateways: z.enum(['All', 'None']).optional(),
};
