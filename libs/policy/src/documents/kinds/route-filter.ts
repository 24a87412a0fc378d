// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { backendObjectRef } from './backend-object-ref.ts';
import { groupName, headerName, headerValue, kindName, referencedName } from './fields.ts';
import { addProblem, uniqueBy, uniqueValues } from './list-rules.ts';
import { strictObject } from './strict-object.ts';

const headerValues = z
  .array(strictObject({ name: headerName, value: headerValue }))
  .max(16)
  .check(uniqueBy('the header', ({ name }) => name, ['name']))
  .optional();

/** HTTPHeaderFilter. */
const headerModifier = strictObject({
  set: headerValues,
  add: headerValues,
  remove: z.array(headerName).max(16).check(uniqueValues('the header')).optional(),
});

const requestMirror = strictObject({
  backendRef: backendObjectRef,
  percent: z.int().min(0).max(100).optional(),
  fraction: strictObject({ numerator: z.int().min(0), denominator: z.int().min(1).default(100) })
    .check(context => {
      const { numerator, denominator } = context.value;
      if (numerator <= denominator) return;
      addProblem(
        context,
        ['numerator'],
        `is ${numerator}, more than the denominator ${denominator}\nwrite at most ${denominator}`,
      );
    })
    .optional(),
}).check(context => {
  const { percent, fraction } = context.value;
  if (percent === undefined || fraction === undefined) return;
  addProblem(context, ['fraction'], 'is written beside percent\nwrite one of the two');
});

/** Settings of the filters that HTTPRoutes and GRPCRoutes share. */
export const sharedFilterFields = {
  requestHeaderModifier: headerModifier.optional(),
  responseHeaderModifier: headerModifier.optional(),
  requestMirror: requestMirror.optional(),
  extensionRef: strictObject({ group: groupName, kind: kindName, name: referencedName }).optional(),
};

interface TypedFilter {
  readonly type: string;
}

/** A check that a filter has the settings that its type needs, and no others. `fieldByType`: where each type has its settings. */
export function checkFilterFields(
  fieldByType: Readonly<Record<string, string>>,
): <Filter extends TypedFilter>(context: z.core.ParsePayload<Filter>) => void {
  return context => {
    const { type } = context.value;
    const written = new Map<string, unknown>(Object.entries(context.value));
    const needed = fieldByType[type] ?? '';
    if (written.get(needed) === undefined) {
      addProblem(context, [needed], `is missing, and type ${type} needs it\nwrite ${needed} with what the filter does`);
    }
    for (const [otherType, field] of Object.entries(fieldByType)) {
      if (field === needed || written.get(field) === undefined) continue;
      addProblem(context, [field], `is written, and type is ${type}\nwrite a filter of its own with type: ${otherType}`);
    }
  };
}
