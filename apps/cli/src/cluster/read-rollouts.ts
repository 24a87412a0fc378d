// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import type { ClusterReads } from './cluster-reads.ts';

/** A Rollout as it is written in a cluster, and how far it says that it has come. */
export interface WrittenRollout {
  readonly namespace: string;
  readonly name: string;
  /** Undefined = its revisions are two Services. */
  readonly deployment: string | undefined;
  readonly phase: string;
  /** Undefined = it is not known yet. */
  readonly stable: string | undefined;
}

const STATUS = z.object({ phase: z.string().default('Stable'), stable: z.string().optional() });
const ROLLOUTS = z.object({
  items: z
    .array(
      z.object({
        metadata: z.object({ name: z.string(), namespace: z.string() }),
        spec: z.object({ revisions: z.object({ deployment: z.object({ name: z.string() }).optional() }) }),
        status: STATUS.prefault({}),
      }),
    )
    .default([]),
});

/** All Rollouts of the cluster; none where it does not know the kind. Throws as the client does. */
export async function readRollouts(cluster: Pick<ClusterReads, 'read'>): Promise<readonly WrittenRollout[]> {
  const { items } = ROLLOUTS.parse((await cluster.read('/apis/weir.dev/v1alpha1/rollouts')) ?? {});
  return items.map(({ metadata: { namespace, name }, spec: { revisions }, status: { phase, stable } }) => ({
    ...{ namespace, name, phase, stable },
    deployment: revisions.deployment?.name,
  }));
}
