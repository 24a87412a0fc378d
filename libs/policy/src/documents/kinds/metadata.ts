// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { namespaceName, objectName, textMap } from './fields.ts';
import { ignored, says, strictObject } from './strict-object.ts';

/** ObjectMeta. What only the API server writes is taken and not looked at, so that `kubectl get -o yaml` can be read back. */
export const metadata = strictObject({
  name: objectName,
  namespace: namespaceName.optional(),
  labels: textMap.nullish(),
  annotations: textMap.nullish(),
  // Clients print null where the server has not set it.
  creationTimestamp: z
    .string()
    .refine(text => !Number.isNaN(Date.parse(text)), says('is no time', 'write a time such as 2026-01-31T12:00:00Z'))
    .nullish(),
  generation: z.int().min(0).optional(),
  generateName: ignored,
  deletionGracePeriodSeconds: ignored,
  deletionTimestamp: ignored,
  finalizers: ignored,
  managedFields: ignored,
  ownerReferences: ignored,
  resourceVersion: ignored,
  selfLink: ignored,
  uid: ignored,
});
