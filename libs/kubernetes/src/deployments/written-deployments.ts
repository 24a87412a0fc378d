// SPDX-License-Identifier: Apache-2.0
import type { ClusterObject } from '../api/cluster-api.ts';

/** Of a Deployment in a test; what is not given is of one whose rollout has ended. */
export interface WrittenDeployment {
  readonly name?: string;
  readonly uid?: string;
  readonly revision?: number;
  readonly replicas?: number;
  readonly strategy?: object;
  readonly spec?: object;
  readonly status?: object;
  readonly generation?: number;
}

export function writtenDeployment(written: WrittenDeployment = {}): ClusterObject {
  const { name = 'cart', uid = 'u1', revision = 1, replicas = 4, strategy, spec, status, generation = 1 } = written;
  const whole = { replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadataOf(name, { revision, more: { uid, generation } }),
    spec: { replicas, ...(strategy && { strategy }), ...spec },
    status: { observedGeneration: generation, ...whole, ...status },
  };
}

/** Of a ReplicaSet in a test. */
export interface WrittenReplicaSet {
  readonly hash: string;
  readonly revision: number;
  readonly owner?: string;
  readonly uid?: string;
  readonly replicas?: number;
}

export function writtenReplicaSet(written: WrittenReplicaSet): ClusterObject {
  const { hash, revision, owner = 'cart', uid = 'u1', replicas = 4 } = written;
  const ownerReferences = [{ kind: 'Deployment', name: owner, uid }];
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: metadataOf(`${owner}-${hash}`, { revision, more: { labels: { 'pod-template-hash': hash }, ownerReferences } }),
    spec: { replicas },
  };
}

function metadataOf(
  name: string,
  { revision, more }: { readonly revision: number; readonly more: object },
): ClusterObject['metadata'] {
  const annotations = { 'deployment.kubernetes.io/revision': String(revision) };
  return { name, namespace: 'shop', annotations, ...more } as ClusterObject['metadata'];
}
