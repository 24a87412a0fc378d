// SPDX-License-Identifier: Apache-2.0
import { isGateClosed } from '@weir/kubernetes';
import { POD_TEMPLATE_HASH } from '@weir/policy/resolve';
import { z } from 'zod';
import { CommandFailure, EXIT } from '../../exit-code.ts';
import type { ClusterReads } from '../cluster-reads.ts';
import { readRollouts } from '../read-rollouts.ts';
import type { WrittenRollout } from '../read-rollouts.ts';

/** A Rollout, as far as its end is concerned. */
export interface FoundRollout extends WrittenRollout {
  /** Some requests would go elsewhere than now, or some pods be held back for ever, if nobody drove it. */
  readonly isUnderWay: boolean;
}

const PODS = z.object({
  items: z
    .array(
      z.object({
        spec: z.object({ readinessGates: z.array(z.object({ conditionType: z.string() })).default([]) }),
        status: z
          .object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) })
          .default({ conditions: [] }),
      }),
    )
    .default([]),
});

/** All Rollouts of the cluster. Throws as the client does. */
export async function findRollouts(cluster: Pick<ClusterReads, 'read'>): Promise<readonly FoundRollout[]> {
  return (await readRollouts(cluster)).map(rollout => {
    const { phase, deployment } = rollout;
    // Pods of what is aborted are held back; with two Services nothing is left to do.
    const isAtRest = phase === 'Stable' || (phase === 'Aborted' && deployment === undefined);
    return { ...rollout, isUnderWay: !isAtRest };
  });
}

/** Whether there are pods that do not count as ready because of a Rollout. Throws as the client does. */
export async function hasHeldPods(cluster: Pick<ClusterReads, 'read'>): Promise<boolean> {
  const found = await cluster.read(`/api/v1/pods?labelSelector=${POD_TEMPLATE_HASH}`);
  return PODS.parse(found ?? {}).items.some(isGateClosed);
}

/** Throws CommandFailure where one is under way; `otherwise`: what goes on all the same. */
export function refuseUnderWay(rollouts: readonly FoundRollout[], otherwise: string): void {
  const underWay = rollouts.filter(({ isUnderWay }) => isUnderWay);
  if (underWay.length === 0) return;
  const names = underWay.map(({ namespace, name, phase }) => `${namespace}/${name} (${phase})`).join(', ');
  throw new CommandFailure(
    EXIT.refused,
    `Rollouts are under way: ${names}; promote or abort them first, and of a Deployment that is aborted write the former pod template (kubectl rollout undo); ${otherwise} goes on all the same`,
  );
}
