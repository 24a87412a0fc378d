// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { inCel, withApiForm } from './api-form.ts';
import { addProblem, atMostKeys } from './list-rules.ts';
import { strictObject } from './strict-object.ts';

/** A prefix of 253 characters, `/`, and a name of 63. */
const MAX_KEY_LENGTH = 317;
const MAX_VALUE_LENGTH = 63;
/** Kubernetes sets none; with limits an API server can tell what checking a selector costs. */
const MAX_CONDITIONS = 64;
const MAX_VALUES = 256;

const labelValue = z.string().max(MAX_VALUE_LENGTH);

const VALUES_WHERE_TAKEN = inCel({
  rule: '(self.operator in ["In", "NotIn"]) == (has(self.values) && size(self.values) > 0)',
  message: 'values must be written for operators In and NotIn, and for no other',
});

const requirement = strictObject({
  key: z.string().min(1).max(MAX_KEY_LENGTH).describe('Key of the label.'),
  operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']).describe('What must be true of the label.'),
  values: z.array(labelValue).max(MAX_VALUES).optional().describe('What the label is compared with; for In and NotIn only.'),
}).check(
  withApiForm(VALUES_WHERE_TAKEN, context => {
    const { operator, values = [] } = context.value;
    const needsValues = operator === 'In' || operator === 'NotIn';
    if (needsValues === values.length > 0) return;
    const message = needsValues
      ? `is missing, and operator ${operator} needs it\nwrite at least one value`
      : `is written, and operator ${operator} takes none\nleave it out`;
    addProblem(context, ['values'], message);
  }),
);

/** metav1.LabelSelector. */
export const labelSelector = strictObject({
  matchLabels: z
    .record(z.string(), labelValue)
    .check(atMostKeys(MAX_CONDITIONS))
    .optional()
    .describe('Labels with their values; all of them must be there.'),
  matchExpressions: z
    .array(requirement)
    .max(MAX_CONDITIONS)
    .optional()
    .describe('Conditions about labels; all of them must hold.'),
});
