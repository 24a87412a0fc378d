// SPDX-License-Identifier: Apache-2.0
import type * as z from 'zod';
import { groupName, kindName, namespaceName, portNumber, referencedName } from './fields.ts';
import { addProblem } from './list-rules.ts';
import { strictObject } from './strict-object.ts';

/** Fields of BackendObjectReference. */
export const backendObjectRefShape = {
  group: groupName.default(''),
  kind: kindName.default('Service'),
  name: referencedName,
  namespace: namespaceName.optional(),
  port: portNumber.optional(),
};

interface PortedRef {
  readonly group: string;
  readonly kind: string;
  readonly port?: number | undefined;
}

/** A check that a reference to a Service says which port. */
export function requirePort<Ref extends PortedRef>(context: z.core.ParsePayload<Ref>): void {
  const { group, kind, port } = context.value;
  if (group !== '' || kind !== 'Service' || port !== undefined) return;
  addProblem(context, ['port'], 'is missing, and a reference to a Service needs it\nwrite the number of one of its ports');
}

export const backendObjectRef = strictObject(backendObjectRefShape).check(requirePort);
