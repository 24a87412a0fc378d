// SPDX-License-Identifier: Apache-2.0
import { PROMOTED_GATE } from '@weir/policy/resolve';
import { z } from 'zod';

/** Of a Rollout of a Deployment, what says whose Pods are held back. Revisions are hashes of Pod templates. */
export interface HoldingRollout {
  readonly deployment: string;
  /** Undefined = not known yet, so that nothing is held back. */
  readonly stable?: string | undefined;
  readonly candidate?: string | undefined;
  /** Pods of the candidate may count as ready. */
  readonly openGates?: boolean | undefined;
}

/** A Pod, as far as Rollouts tell it from others of its namespace. */
export interface RevisionPod {
  readonly deployment: string | undefined;
  readonly hash: string | undefined;
}

/** Of a Pod, what says whether it counts as ready. */
export interface PodReadiness {
  readonly spec: { readonly readinessGates?: readonly { readonly conditionType: string }[] | null | undefined };
  readonly status?: { readonly conditions?: readonly PodCondition[] | null | undefined } | undefined;
}

interface PodCondition {
  readonly type: string;
  readonly status: string;
}

/** Whether a Pod does not count as ready because a Rollout holds, or held, it back. */
export function isGateClosed({ spec, status }: PodReadiness): boolean {
  if (spec.readinessGates?.some(({ conditionType }) => conditionType === PROMOTED_GATE) !== true) return false;
  return status?.conditions?.some(({ type, status: is }) => type === PROMOTED_GATE && is === 'True') !== true;
}

/** Whether a Pod may not count as ready, by the Rollouts of its namespace. */
export function isHeldBack({ deployment, hash }: RevisionPod, rollouts: readonly HoldingRollout[]): boolean {
  return rollouts.some(rollout => {
    if (rollout.deployment !== deployment || rollout.stable === undefined || rollout.stable === hash) return false;
    return !(rollout.openGates === true && rollout.candidate === hash);
  });
}

const text = z.string().nullish();
const rollouts = z.object({
  items: z
    .array(
      z.object({
        spec: z.object({ revisions: z.object({ deployment: z.object({ name: z.string() }).nullish() }) }),
        status: z.object({ stable: text, candidate: text, openGates: z.boolean().nullish() }).nullish(),
      }),
    )
    .nullable(),
});

/** Of a list of Rollouts as an API server answers it, those of Deployments. Throws where it is none. */
export function holdingRolloutsFrom(list: unknown): readonly HoldingRollout[] {
  return (rollouts.parse(list).items ?? []).flatMap(({ spec, status }) => {
    const deployment = spec.revisions.deployment?.name;
    if (deployment === undefined) return [];
    const { stable, candidate, openGates } = status ?? {};
    return {
      deployment,
      ...{ stable: stable ?? undefined, candidate: candidate ?? undefined, openGates: openGates ?? undefined },
    };
  });
}
