// SPDX-License-Identifier: Apache-2.0
import type * as z from 'zod';
import { exactlyOneOf, withApiForm } from './api-form.ts';
import { addProblem } from './list-rules.ts';

/** A check that exactly one of some fields is written. `what`: what the object is to say with them, as in `has to say what it does`. */
export function exactlyOne<Field extends string>(
  fields: readonly Field[],
  what: string,
): (context: z.core.ParsePayload<Readonly<Partial<Record<Field, unknown>>>>) => void {
  const words = new Intl.ListFormat('en', { type: 'disjunction', style: 'long' }).format(fields);
  return withApiForm(exactlyOneOf(fields), context => {
    const { value } = context;
    const written = fields.filter(field => value[field] !== undefined);
    const [first, second] = written;
    if (written.length === 1) return;
    if (first === undefined || second === undefined) addProblem(context, [], `has to say ${what}\nwrite ${words}`);
    else addProblem(context, [second], `is written beside ${first}\nwrite one of them`);
  });
}
