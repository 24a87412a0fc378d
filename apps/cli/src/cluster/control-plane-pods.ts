// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { CommandFailure, EXIT } from '../exit-code.ts';
import type { ClusterReads } from './cluster-reads.ts';

/** As the chart labels them. */
const SELECTOR = encodeURIComponent('app.kubernetes.io/name=weir,app.kubernetes.io/component=control-plane');

const PODS = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), deletionTimestamp: z.string().optional() }),
      spec: z.object({ containers: z.array(z.object({ image: z.string().default('') })).default([]) }).optional(),
      status: z
        .object({
          phase: z.string().default('Unknown'),
          conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
          containerStatuses: z
            .array(
              z.object({
                state: z.object({ waiting: z.object({ reason: z.string().default('') }).optional() }).default({}),
                restartCount: z.number().default(0),
              }),
            )
            .default([]),
        })
        .default({ phase: 'Unknown', conditions: [], containerStatuses: [] }),
    }),
  ),
});

/** A replica of the control plane. */
export interface ControlPlanePod {
  readonly name: string;
  readonly isReady: boolean;
  /** In a word, such as `Running` or `ImagePullBackOff`. */
  readonly state: string;
  readonly image: string;
  readonly restartCount: number;
}

/** All replicas but those that are going. Throws as the client does. */
export async function listControlPlanePods(
  cluster: Pick<ClusterReads, 'read'>,
  namespace: string,
): Promise<readonly ControlPlanePod[]> {
  return (await readPods(cluster, namespace))
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata: { name }, spec, status: { phase, conditions, containerStatuses } }) => ({
      name,
      isReady: conditions.some(({ type, status }) => type === 'Ready' && status === 'True'),
      state: containerStatuses.map(({ state }) => state.waiting?.reason ?? '').find(reason => reason !== '') ?? phase,
      image: spec?.containers[0]?.image ?? '',
      restartCount: Math.max(0, ...containerStatuses.map(({ restartCount }) => restartCount)),
    }));
}

/** Whether there is a replica, one that is going included: until it is gone it works. Throws as the client does. */
export async function hasControlPlanePod(cluster: Pick<ClusterReads, 'read'>, namespace: string): Promise<boolean> {
  return (await readPods(cluster, namespace)).length > 0;
}

async function readPods(cluster: Pick<ClusterReads, 'read'>, namespace: string): Promise<z.infer<typeof PODS>['items']> {
  const found = await cluster.read(`/api/v1/namespaces/${namespace}/pods?labelSelector=${SELECTOR}`);
  return PODS.parse(found ?? { items: [] }).items;
}

/** Those that can be asked. Throws CommandFailure where there are none. */
export async function readyControlPlanePods(
  cluster: Pick<ClusterReads, 'read'>,
  namespace: string,
): Promise<readonly ControlPlanePod[]> {
  const pods = await listControlPlanePods(cluster, namespace);
  const ready = pods.filter(({ isReady }) => isReady);
  if (ready.length > 0) return ready;
  const states = pods.map(({ name, state }) => `${name} is ${state}`).join(', ');
  const words =
    pods.length === 0
      ? `there is no control plane in namespace ${namespace}: install Weir, or name its namespace with --namespace`
      : `no control plane in namespace ${namespace} is ready: ${states}; kubectl -n ${namespace} describe pods says why`;
  throw new CommandFailure(EXIT.unavailable, words);
}
