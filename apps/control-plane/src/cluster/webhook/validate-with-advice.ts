// SPDX-License-Identifier: Apache-2.0
import { surgeAdvice, validateObject } from '@weir/kubernetes';
import type { AdmissionRequest, ClusterObject } from '@weir/kubernetes';
import * as z from 'zod';
import type { Admit } from './webhook-handler.ts';

/** A Deployment as it is now; undefined = there is none. Rejects where that cannot be known. */
export type FindDeployment = (namespace: string, name: string) => Promise<ClusterObject | undefined>;

/** Whatever else is in it would be another part of the path at the API server, and anybody may ask. */
const NAME = /^[a-z0-9](?:[\-.a-z0-9]{0,251}[a-z0-9])?$/v;

const rolloutSchema = z.looseObject({
  kind: z.literal('Rollout'),
  spec: z.looseObject({ revisions: z.looseObject({ deployment: z.looseObject({ name: z.string().regex(NAME) }) }) }),
});

/** Decides about objects of Weir's own kinds, and warns of a Rollout whose Deployment does not make all new Pods beside the former ones. */
export function validateWithAdvice(findDeployment: FindDeployment): Admit {
  return async request => {
    const admission = validateObject(request);
    const advice = admission.kind === 'admitted' ? await adviceFor(request, findDeployment) : undefined;
    return advice === undefined ? admission : { ...admission, warnings: [`weir: ${advice}`] };
  };
}

async function adviceFor(
  { operation, namespace = 'default', object }: AdmissionRequest,
  findDeployment: FindDeployment,
): Promise<string | undefined> {
  const rollout = operation === 'CREATE' || operation === 'UPDATE' ? rolloutSchema.safeParse(object) : undefined;
  if (rollout?.success !== true) return undefined;
  const { name } = rollout.data.spec.revisions.deployment;
  // What is only advice holds nobody up.
  const found = await findDeployment(namespace, name).catch(() => undefined);
  return found && surgeAdvice(found);
}
