// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { addProblem } from './list-rules.ts';
import { strictObject } from './strict-object.ts';

const FIELD_BY_TYPE = { ReplaceFullPath: 'replaceFullPath', ReplacePrefixMatch: 'replacePrefixMatch' } as const;

/** HTTPPathModifier: exactly the field that its type names. */
export const httpPathModifier = strictObject({
  type: z.enum(['ReplaceFullPath', 'ReplacePrefixMatch']),
  replaceFullPath: z.string().max(1024).optional(),
  replacePrefixMatch: z.string().max(1024).optional(),
}).check(context => {
  const { type } = context.value;
  const needed = FIELD_BY_TYPE[type];
  if (context.value[needed] === undefined) {
    addProblem(context, [needed], `is missing, and type ${type} needs it\nwrite the new path`);
  }
  for (const field of Object.values(FIELD_BY_TYPE)) {
    if (field === needed || context.value[field] === undefined) continue;
    addProblem(context, [field], `is written, and type is ${type}\nleave it out, or write ${needed} instead`);
  }
});
