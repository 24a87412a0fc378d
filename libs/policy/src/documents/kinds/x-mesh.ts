// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { groupName, kindName, namespaceName, referencedName } from './fields.ts';
import { controllerName } from './gateway-class.ts';
import { strictObject } from './strict-object.ts';

/** gateway.networking.x-k8s.io/v1alpha1 XMesh (GEP-3949). */
export const xMeshBody = {
  spec: strictObject({
    controllerName,
    description: z.string().max(64).optional(),
    parametersRef: strictObject({
      group: groupName,
      kind: kindName,
      name: referencedName,
      namespace: namespaceName.optional(),
    }).optional(),
  }),
};
