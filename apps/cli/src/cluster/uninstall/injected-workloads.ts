// SPDX-License-Identifier: Apache-2.0
import { INJECTED_LABEL } from '@weir/kubernetes';
import { z } from 'zod';
import type { ClusterReads } from '../cluster-reads.ts';

const OWNERS = z.array(z.object({ kind: z.string(), name: z.string(), controller: z.boolean().default(false) })).default([]);
const METADATA = z.object({
  name: z.string(),
  namespace: z.string().default(''),
  ownerReferences: OWNERS,
  deletionTimestamp: z.string().optional(),
});
const PODS = z.object({
  items: z
    .array(z.object({ metadata: METADATA, status: z.object({ phase: z.string().default('') }).default({ phase: '' }) }))
    .default([]),
});
const OBJECT = z.object({ metadata: METADATA });

/** What makes pods, and makes new ones when its template is another. */
export interface Workload {
  readonly kind: 'DaemonSet' | 'Deployment' | 'StatefulSet';
  readonly namespace: string;
  readonly name: string;
}

/** Pods with sidecars. */
export interface InjectedPods {
  /** Whose pods are made anew by a restart. */
  readonly workloads: readonly Workload[];
  /** NAMESPACE/NAME of pods that nothing makes anew: those of Jobs, and those that stand alone. */
  readonly others: readonly string[];
  readonly podCount: number;
}

const RESTARTED: ReadonlySet<string> = new Set(['DaemonSet', 'Deployment', 'StatefulSet']);

/** All pods of the cluster that have a sidecar and have not ended. Throws as the client does. */
export async function findInjectedPods(cluster: Pick<ClusterReads, 'read'>): Promise<InjectedPods> {
  const found = await cluster.read(`/api/v1/pods?labelSelector=${encodeURIComponent(`${INJECTED_LABEL}=true`)}`);
  const pods = PODS.parse(found ?? {}).items.filter(({ status }) => status.phase !== 'Succeeded' && status.phase !== 'Failed');
  const workloads = new Map<string, Workload>();
  const others: string[] = [];
  for (const { metadata } of pods) {
    const workload = await workloadOf(cluster, metadata);
    if (workload === undefined) others.push(`${metadata.namespace}/${metadata.name}`);
    else workloads.set(`${workload.kind}/${workload.namespace}/${workload.name}`, workload);
  }
  return { workloads: [...workloads.values()], others, podCount: pods.length };
}

async function workloadOf(
  cluster: Pick<ClusterReads, 'read'>,
  { namespace, ownerReferences }: z.infer<typeof METADATA>,
): Promise<Workload | undefined> {
  const owner = ownerReferences.find(({ controller }) => controller);
  if (owner === undefined) return undefined;
  const { kind, name } = owner;
  if (isRestarted(kind)) return { kind, namespace, name };
  if (kind !== 'ReplicaSet') return undefined;
  const set = OBJECT.safeParse(await cluster.read(`/apis/apps/v1/namespaces/${namespace}/replicasets/${name}`));
  const above = set.success ? set.data.metadata.ownerReferences.find(({ controller }) => controller) : undefined;
  return above?.kind === 'Deployment' ? { kind: 'Deployment', namespace, name: above.name } : undefined;
}

function isRestarted(kind: string): kind is Workload['kind'] {
  return RESTARTED.has(kind);
}
