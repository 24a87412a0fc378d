// SPDX-License-Identifier: Apache-2.0
import { POD_TEMPLATE_HASH, PROMOTED_GATE } from '@weir/policy/resolve';
import { z } from 'zod';
import { CommandFailure, EXIT } from '../../exit-code.ts';
import type { ClusterReads } from '../cluster-reads.ts';

/** A Rollout, as far as its end is concerned. */
export interface FoundRollout {
  readonly namespace: string;
  readonly name: string;
  /** Undefined = its revisions are two Services. */
  readonly deployment: string | undefined;
  readonly phase: string;
  /** Some requests would go elsewhere than now, or some pods be held back for ever, if nobody drove it. */
  readonly isUnderWay: boolean;
}

const ROLLOUTS = z.object({
  items: z
    .array(
      z.object({
        metadata: z.object({ name: z.string(), namespace: z.string() }),
        spec: z.object({ revisions: z.object({ deployment: z.object({ name: z.string() }).optional() }) }),
        status: z.object({ phase: z.string().default('Stable') }).default({ phase: 'Stable' }),
      }),
    )
    .default([]),
});
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
  const found = ROLLOUTS.parse((await cluster.read('/apis/weir.dev/v1alpha1/rollouts')) ?? {}).items;
  return found.map(({ metadata: { namespace, name }, spec: { revisions }, status: { phase } }) => {
    const deployment = revisions.deployment?.name;
    // Pods of what is aborted are held back; with two Services nothing is left to do.
    const isAtRest = phase === 'Stable' || (phase === 'Aborted' && deployment === undefined);
    return { namespace, name, deployment, phase, isUnderWay: !isAtRest };
  });
}

/** Whether there are pods that do not count as ready because of a Rollout. Throws as the client does. */
export async function hasHeldPods(cluster: Pick<ClusterReads, 'read'>): Promise<boolean> {
  const found = await cluster.read(`/api/v1/pods?labelSelector=${POD_TEMPLATE_HASH}`);
  return PODS.parse(found ?? {}).items.some(({ spec: { readinessGates }, status: { conditions } }) => {
    const isGated = readinessGates.some(({ conditionType }) => conditionType === PROMOTED_GATE);
    return isGated && !conditions.some(({ type, status }) => type === PROMOTED_GATE && status === 'True');
  });
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
