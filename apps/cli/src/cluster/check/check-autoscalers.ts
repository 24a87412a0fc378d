// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import type { ClusterReads } from '../cluster-reads.ts';
import { warning } from './finding.ts';
import type { Finding } from './finding.ts';

const AUTOSCALERS = z.object({
  items: z
    .array(
      z.object({
        metadata: z.object({ name: z.string() }),
        spec: z.object({
          scaleTargetRef: z.object({ kind: z.string(), name: z.string() }),
          metrics: z.array(z.object({ type: z.string() })).default([]),
          behavior: z.object({ scaleDown: z.object({ selectPolicy: z.string().default('') }).prefault({}) }).prefault({}),
        }),
      }),
    )
    .default([]),
});

/** Those of metrics that count what Pods use: of others an autoscaler does not ask which Pods are ready. */
const OF_PODS: ReadonlySet<string> = new Set(['ContainerResource', 'Pods', 'Resource']);
const HINT =
  'write behavior: { scaleDown: { selectPolicy: Disabled } } for the time of a rollout, or as many minReplicas as carry all requests';

/** Autoscalers that may take Pods away from a Rollout's new revision while it has all requests: it is held back, so they count only the idle one. */
export async function checkAutoscalers(
  cluster: Pick<ClusterReads, 'read'>,
  deployments: readonly { readonly namespace: string; readonly name: string }[],
): Promise<readonly Finding[]> {
  const namespaces = [...new Set(deployments.map(({ namespace }) => namespace))];
  const found = await Promise.all(namespaces.map(namespace => shrinkingIn(cluster, namespace)));
  return found.flat().flatMap(({ namespace, autoscaler, deployment }) => {
    if (!deployments.some(named => named.namespace === namespace && named.name === deployment)) return [];
    const message = `namespace ${namespace}: HorizontalPodAutoscaler ${autoscaler} may make fewer Pods of Deployment ${deployment} while a new revision has the requests, as it does not count Pods that are held back`;
    return [warning('rollouts', { message, hint: HINT })];
  });
}

interface Shrinking {
  readonly namespace: string;
  readonly autoscaler: string;
  readonly deployment: string;
}

async function shrinkingIn(cluster: Pick<ClusterReads, 'read'>, namespace: string): Promise<readonly Shrinking[]> {
  const list = await cluster.read(`/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`);
  return AUTOSCALERS.parse(list ?? {}).items.flatMap(({ metadata, spec: { scaleTargetRef, metrics, behavior } }) => {
    // Without any it counts CPU.
    const countsPods = metrics.length === 0 || metrics.some(({ type }) => OF_PODS.has(type));
    if (scaleTargetRef.kind !== 'Deployment' || !countsPods || behavior.scaleDown.selectPolicy === 'Disabled') return [];
    return [{ namespace, autoscaler: metadata.name, deployment: scaleTargetRef.name }];
  });
}
