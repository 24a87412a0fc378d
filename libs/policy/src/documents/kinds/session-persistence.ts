// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { duration } from './fields.ts';
import { addProblem } from './list-rules.ts';
import { strictObject } from './strict-object.ts';

/** SessionPersistence (GEP-1619). */
export const sessionPersistence = strictObject({
  sessionName: z.string().max(128).optional(),
  absoluteTimeout: duration.optional(),
  type: z.enum(['Cookie', 'Header']).default('Cookie'),
  cookieConfig: strictObject({ lifetimeType: z.enum(['Permanent', 'Session']).default('Session') }).optional(),
}).check(context => {
  const { type, cookieConfig, absoluteTimeout } = context.value;
  if (cookieConfig === undefined) return;
  if (type !== 'Cookie') addProblem(context, ['cookieConfig'], `is written, and type is ${type}\nleave it out`);
  if (cookieConfig.lifetimeType === 'Permanent' && absoluteTimeout === undefined) {
    addProblem(context, ['absoluteTimeout'], 'is missing, and a permanent cookie needs it\nwrite a duration such as 24h');
  }
});
