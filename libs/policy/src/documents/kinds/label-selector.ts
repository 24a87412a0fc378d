// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { textMap } from './fields.ts';
import { addProblem } from './list-rules.ts';
import { strictObject } from './strict-object.ts';

const requirement = strictObject({
  key: z.string().min(1),
  operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
  values: z.array(z.string()).optional(),
}).check(context => {
  const { operator, values = [] } = context.value;
  const needsValues = operator === 'In' || operator === 'NotIn';
  if (needsValues === values.length > 0) return;
  const message = needsValues
    ? `is missing, and operator ${operator} needs it\nwrite at least one value`
    : `is written, and operator ${operator} takes none\nleave it out`;
  addProblem(context, ['values'], message);
});

/** metav1.LabelSelector. */
export const labelSelector = strictObject({ matchLabels: textMap.optional(), matchExpressions: z.array(requirement).optional() });
