// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { groupName, kindName, namespaceName, referencedName } from './fields.ts';
import { strictObject } from './strict-object.ts';

/** gateway.networking.k8s.io/v1 and v1beta1 ReferenceGrant: the two have the same fields. */
export const referenceGrantBody = {
  spec: strictObject({
    from: z
      .array(strictObject({ group: groupName, kind: kindName, namespace: namespaceName }))
      .min(1)
      .max(16),
    to: z
      .array(strictObject({ group: groupName, kind: kindName, name: referencedName.optional() }))
      .min(1)
      .max(16),
  }),
};
