// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { groupName, kindName, namespaceName, referencedName } from './fields.ts';
import { says, strictObject } from './strict-object.ts';

const CONTROLLER = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;

/** A domain and a path. */
export const controllerName = z
  .string()
  .min(1)
  .max(253)
  .regex(CONTROLLER, says('is no controller name', 'write a domain and a path, such as weir.dev/gateway'));

/** gateway.networking.k8s.io/v1 GatewayClass. */
export const gatewayClassBody = {
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
