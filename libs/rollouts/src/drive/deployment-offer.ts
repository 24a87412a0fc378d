// SPDX-License-Identifier: Apache-2.0
import type { ResolvedRollout } from '@weir/policy/compile';
import { WHOLE_SHARE } from '@weir/policy/snapshot';
import type { RevisionReadiness } from '../advance/rollout-facts.ts';
import type { Rollout, RolloutOffer } from './rollout-ports.ts';

/** What is known of a Deployment, whose revisions are named by the hash of their Pod template. */
export interface DeploymentFacts {
  /** Of its present template; undefined = cannot be told yet. */
  readonly current: string | undefined;
  readonly replicas: number;
  /** Of which there is a ReplicaSet, by hash: its number, and how many Pods it is to have now. */
  readonly revisions: Readonly<Record<string, { readonly number: number; readonly replicas: number }>>;
  /** It ends all Pods before it makes new ones. */
  readonly isRecreate: boolean;
  /** All Pods are of the present template, ready and available. */
  readonly isFinished: boolean;
  readonly isPaused: boolean;
}

/** Deployments as far as they are known. */
export interface DeploymentWorld {
  /** Undefined = not known yet; missing = there is no such Deployment. */
  readonly deployments?: ((namespace: string, name: string) => DeploymentFacts | 'missing' | undefined) | undefined;
  /** New Pods of a Deployment do not count as ready to Kubernetes before a Rollout lets them. */
  readonly isHeld?: ((namespace: string, deployment: string) => boolean) | undefined;
}

interface Target {
  readonly namespace: string;
  readonly name: string;
}

/** What a Deployment offers to its Rollout. Where it cannot be rolled out nothing is offered, and it is said why. */
export function deploymentOffer(
  { document, findings: { Accepted }, pods = {} }: ResolvedRollout,
  target: Target,
  world: DeploymentWorld,
): RolloutOffer {
  const facts = world.deployments?.(target.namespace, target.name);
  const obstacle = Accepted.status === 'True' ? obstacleOf(target, facts, world) : `${Accepted.message}.`;
  if (typeof facts !== 'object') {
    const revisions = unmeasured(pods, obstacle);
    return { document, offered: undefined, firstStable: undefined, offerNote: obstacle, revisions, isDeploymentFinished: false };
  }
  const { current, isFinished } = facts;
  return {
    document,
    ...(obstacle === undefined
      ? present(target, current, pods)
      : { offered: undefined, firstStable: undefined, offerNote: obstacle }),
    revisions: revisionsOf(facts, pods),
    waysBack: waysBackTo(facts, target),
    numbers: numbersOf(facts),
    isDeploymentFinished: current !== undefined && isFinished,
  };
}

/** A first template that never came to serve may be corrected without a rollout. */
function present(
  { name }: Target,
  current: string | undefined,
  pods: Readonly<Record<string, number>>,
): Pick<RolloutOffer, 'firstStable' | 'offered' | 'offerNote'> {
  const isServing = current !== undefined && (pods[current] ?? 0) > 0;
  if (isServing) return { offered: current, firstStable: current };
  return { offered: current, firstStable: undefined, offerNote: `No Pod of Deployment ${name} can serve yet.` };
}

/** The Deployment that a Rollout is about; undefined = it is about Services. */
export function deploymentOf({ namespace, spec }: Rollout): Target | undefined {
  const { deployment } = spec.revisions;
  return deployment && { namespace, name: deployment.name };
}

const STRATEGY = 'strategy: { type: RollingUpdate, rollingUpdate: { maxSurge: 100%, maxUnavailable: 0 } }';

function obstacleOf(
  { namespace, name }: Target,
  facts: DeploymentFacts | 'missing' | undefined,
  { isHeld }: DeploymentWorld,
): string | undefined {
  const subject = `Deployment ${name}`;
  if (facts === undefined) return `${subject} has not been read yet.`;
  if (facts === 'missing') {
    return `There is no ${subject} in namespace ${namespace}: make it, or name another one in spec.revisions.deployment.name.`;
  }
  if (facts.isRecreate) {
    return `${subject} ends all Pods before it makes new ones (Recreate), which leaves nothing to divide: write ${STRATEGY}.`;
  }
  if (facts.isPaused) return `${subject} is paused: kubectl rollout resume deployment/${name} -n ${namespace}`;
  if (facts.replicas === 0) return `${subject} is to have no Pods: kubectl scale deployment/${name} -n ${namespace} --replicas=1`;
  if (isHeld?.(namespace, name) !== true) {
    return `New Pods of ${subject} are not held yet; if that lasts, weir check --cluster says why.`;
  }
  return facts.current === undefined ? `Kubernetes has not looked at the template of ${subject} yet.` : undefined;
}

function revisionsOf(
  { replicas, revisions }: DeploymentFacts,
  pods: Readonly<Record<string, number>>,
): Readonly<Record<string, RevisionReadiness>> {
  const hashes = new Set([...Object.keys(revisions), ...Object.keys(pods)]);
  const found = [...hashes].map(hash => {
    const ready = pods[hash] ?? 0;
    const made = revisions[hash]?.replicas ?? 0;
    const maxShare = replicas === 0 ? 0 : Math.min(WHOLE_SHARE, Math.floor((ready * WHOLE_SHARE) / replicas));
    return [hash, { ready, wanted: Math.max(1, made), maxShare, reason: reasonOf({ ready, made, replicas }) }] as const;
  });
  return Object.fromEntries(found);
}

function reasonOf({ ready, made, replicas }: Readonly<Record<'made' | 'ready' | 'replicas', number>>): string | undefined {
  if (ready < made) return `The containers of ${made - ready} of its ${made} Pods are not ready.`;
  if (made >= replicas) return undefined;
  return `The Deployment makes ${made} of ${replicas} Pods of it while the former ones serve: write ${STRATEGY}.`;
}

/** What serves goes on, and gets no more: how much it can carry is not known. */
function unmeasured(
  pods: Readonly<Record<string, number>>,
  reason: string | undefined,
): Readonly<Record<string, RevisionReadiness>> {
  const found = Object.entries(pods).map(
    ([hash, ready]) => [hash, { ready, wanted: Math.max(1, ready), maxShare: 0, reason }] as const,
  );
  return Object.fromEntries(found);
}

function waysBackTo({ revisions }: DeploymentFacts, { namespace, name }: Target): Readonly<Record<string, string>> {
  const found = Object.entries(revisions).map(
    ([hash, { number }]) => [hash, `kubectl rollout undo deployment/${name} -n ${namespace} --to-revision=${number}`] as const,
  );
  return Object.fromEntries(found);
}

function numbersOf({ revisions }: DeploymentFacts): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(revisions).map(([hash, { number }]) => [hash, number]));
}
