// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import type { ClusterObject } from '@weir/kubernetes';
import { CONTROLLER_NAME, MESH_CONTROLLER_NAME } from '@weir/policy/resolve';
import type { SaidProgrammed } from '../objects/object-book.ts';
import { PROGRAMMED } from '../objects/status-with-programmed.ts';

const CONDITION = z.object({ type: z.string(), status: z.string(), message: z.string(), observedGeneration: z.number() });
const ENTRIES = z.array(z.object({ controllerName: z.string(), conditions: z.array(z.unknown()) }));
const STATUS = z.object({ parents: ENTRIES.optional(), ancestors: ENTRIES.optional() });

/** What the status of an object in the cluster says of all its proxies, if that they have this generation of it. */
export function programmedBefore({ status, metadata: { generation } }: ClusterObject): SaidProgrammed | undefined {
  const { parents = [], ancestors = [] } = STATUS.safeParse(status).data ?? {};
  const own = [...parents, ...ancestors].filter(entry => [CONTROLLER_NAME, MESH_CONTROLLER_NAME].includes(entry.controllerName));
  for (const condition of own.flatMap(({ conditions }) => conditions)) {
    const { data } = CONDITION.safeParse(condition);
    if (data?.type !== PROGRAMMED || data.status !== 'True' || data.observedGeneration !== generation) continue;
    return { generation: data.observedGeneration, message: data.message };
  }
  return undefined;
}
