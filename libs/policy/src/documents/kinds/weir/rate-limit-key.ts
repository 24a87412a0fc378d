// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { inCel, withApiForm } from '../api-form.ts';
import { headerName } from '../fields.ts';
import { addProblem } from '../list-rules.ts';
import { strictObject } from '../strict-object.ts';

/** Which field each kind of part needs, and no other has. */
const FIELDS = [
  ['Header', 'header'],
  ['Claim', 'claim'],
  ['Expression', 'cel'],
] as const;

const RULES = FIELDS.flatMap(([by, field]) => [
  { rule: `self.by != '${by}' || has(self.${field})`, message: `${field} must be written for by: ${by}` },
  { rule: `self.by == '${by}' || !has(self.${field})`, message: `${field} may be written for by: ${by} only` },
]);

/** A part of what callers are told apart by. */
export const rateLimitKey = strictObject({
  by: z.enum(['Address', 'Claim', 'Consumer', 'Expression', 'Header']).describe('What callers are told apart by.'),
  header: headerName.optional().describe('Name of the field, of `by: Header`.'),
  claim: z.array(z.string().min(1).max(256)).min(1).max(8).optional().describe('Where the claim is, of `by: Claim`.'),
  cel: z
    .string()
    .min(1)
    .max(4096)
    .optional()
    .describe(
      'An expression of CEL that comes to a text, a whole number, true or false, of `by: Expression`. Requests for which it cannot be evaluated are counted together.',
    ),
})
  .check(
    withApiForm(inCel(...RULES), context => {
      const { by } = context.value;
      for (const [kind, field] of FIELDS) {
        const isWritten = context.value[field] !== undefined;
        if (by === kind && !isWritten) addProblem(context, [field], `is missing, and by: ${by} needs it\nwrite ${field}`);
        if (by !== kind && isWritten) {
          addProblem(context, [field], `has no effect with by: ${by}\nwrite another part of the key, with by: ${kind}`);
        }
      }
    }),
  )
  .describe('A part of what callers are told apart by.');
