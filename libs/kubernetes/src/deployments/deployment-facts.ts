// SPDX-License-Identifier: Apache-2.0
import { POD_TEMPLATE_HASH } from '@weir/policy/resolve';
import type { ClusterObject } from '../api/cluster-api.ts';
import { fieldsOf } from '../status/plain-fields.ts';
import { rollingStrategyOf } from './rolling-strategy.ts';
import type { RollingStrategy } from './rolling-strategy.ts';

/** What a Rollout is told of its Deployment. */
export interface DeploymentFacts extends RollingStrategy {
  /** The `pod-template-hash` of its present template; undefined = Kubernetes has not looked at that yet. */
  readonly current: string | undefined;
  /** Of which there is a ReplicaSet, by hash. */
  readonly revisions: Readonly<Record<string, DeploymentRevision>>;
  /** All Pods are of the present template, ready and available. */
  readonly isFinished: boolean;
  /** It does nothing about another template. */
  readonly isPaused: boolean;
}

export interface DeploymentRevision {
  /** As `kubectl rollout undo --to-revision` takes it. */
  readonly number: number;
  /** Pods that it is to have now. */
  readonly replicas: number;
}

/** What is read of a Deployment. */
export interface SeenDeployment extends Pick<DeploymentFacts, 'isFinished' | 'isPaused'>, RollingStrategy {
  readonly name: string;
  readonly uid: string | undefined;
  /** Of the present template; undefined = not known yet. */
  readonly number: number | undefined;
}

/** What is read of a ReplicaSet. */
export interface SeenReplicaSet extends DeploymentRevision {
  readonly hash: string;
  readonly owner: string;
  /** Undefined = it is not known. */
  readonly ownerUid: string | undefined;
}

const REVISION = 'deployment.kubernetes.io/revision';

export function seenDeployment({ metadata, spec, status }: ClusterObject): SeenDeployment {
  const strategy = rollingStrategyOf(spec);
  const { observedGeneration, ...counts } = fieldsOf(status);
  const isObserved = numberOf(observedGeneration) >= (metadata.generation ?? 0);
  const { replicas } = strategy;
  const isWhole = ['replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas'].every(
    name => numberOf(counts[name]) === replicas,
  );
  return {
    ...strategy,
    ...{ name: metadata.name, uid: metadata.uid },
    number: isObserved ? revisionNumberOf(metadata) : undefined,
    isFinished: isObserved && isWhole,
    isPaused: fieldsOf(spec)['paused'] === true,
  };
}

/** Undefined = it is of no Deployment. */
export function seenReplicaSet({ metadata, spec }: ClusterObject): SeenReplicaSet | undefined {
  const owner = metadata.ownerReferences?.find(({ kind }) => kind === 'Deployment');
  const hash = metadata.labels?.[POD_TEMPLATE_HASH];
  const number = revisionNumberOf(metadata);
  if (owner === undefined || hash === undefined || number === undefined) return undefined;
  return { hash, number, owner: owner.name, ownerUid: owner.uid, replicas: numberOf(fieldsOf(spec)['replicas']) };
}

/** `replicaSets`: of the namespace. */
export function deploymentFacts(
  { name, uid, number, ...deployment }: SeenDeployment,
  replicaSets: Iterable<SeenReplicaSet>,
): DeploymentFacts {
  const isOwn = ({ owner, ownerUid }: SeenReplicaSet): boolean => owner === name && (ownerUid ?? uid) === uid;
  const own = [...replicaSets].filter(isOwn).toSorted((left, right) => left.number - right.number);
  const newest = own.at(-1);
  return {
    ...deployment,
    // The two are told of separately: as long as they do not agree, one of them is not known as it is.
    current: number === undefined || newest?.number !== number ? undefined : newest.hash,
    revisions: Object.fromEntries(own.map(one => [one.hash, { number: one.number, replicas: one.replicas }])),
  };
}

function revisionNumberOf(metadata: ClusterObject['metadata']): number | undefined {
  const text = fieldsOf(fieldsOf(metadata)['annotations'])[REVISION];
  const number = Number(text);
  return typeof text === 'string' && Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

/** 0 where it is none: Kubernetes leaves out counts that are. */
function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
