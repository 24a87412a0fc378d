// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { ClusterObject } from '../api/cluster-api.ts';
import { deploymentFacts, seenDeployment, seenReplicaSet } from './deployment-facts.ts';
import type { DeploymentFacts } from './deployment-facts.ts';
import { surgeAdvice } from './surge-advice.ts';
import { writtenDeployment, writtenReplicaSet } from './written-deployments.ts';

const OLD = writtenReplicaSet({ hash: 'aaa', revision: 1, replicas: 3 });
const NEW = writtenReplicaSet({ hash: 'bbb', revision: 2, replicas: 1 });

function factsOf(deployment: ClusterObject, ...replicaSets: readonly ClusterObject[]): DeploymentFacts {
  return deploymentFacts(
    seenDeployment(deployment),
    replicaSets.flatMap(object => seenReplicaSet(object) ?? []),
  );
}

describe('what is known of a Deployment', () => {
  it('is the revision of its present template, and how many Pods each is to have', () => {
    expect(factsOf(writtenDeployment({ revision: 2 }), NEW, OLD)).toMatchObject({
      current: 'bbb',
      revisions: { aaa: { number: 1, replicas: 3 }, bbb: { number: 2, replicas: 1 } },
      ...{ replicas: 4, isFinished: true, isPaused: false, isRecreate: false },
    });
  });

  it('has no present revision where Kubernetes has not looked at the template, or has told half of it', () => {
    const unseen = writtenDeployment({ revision: 1, generation: 2, status: { observedGeneration: 1 } });
    expect(factsOf(unseen, OLD)).toMatchObject({ current: undefined, isFinished: false });
    expect(factsOf(writtenDeployment({ revision: 2 }), OLD).current).toBeUndefined();
    expect(factsOf(writtenDeployment({ revision: 1 }), OLD, NEW).current).toBeUndefined();
    expect(factsOf(writtenDeployment({ revision: 2 })).current).toBeUndefined();
  });

  it('is nothing of ReplicaSets of others, nor of a Deployment of that name from before', () => {
    const other = writtenReplicaSet({ hash: 'ccc', revision: 3, owner: 'cart-api' });
    const former = writtenReplicaSet({ hash: 'ddd', revision: 4, uid: 'u0' });
    const own = { ...OLD, metadata: { ...OLD.metadata, ownerReferences: [] } };
    expect(factsOf(writtenDeployment({ revision: 2 }), NEW, other, former, own).revisions).toEqual({
      bbb: { number: 2, replicas: 1 },
    });
  });

  it.each([
    ['has Pods of another template', { replicas: 5 }],
    ['has not made all', { updatedReplicas: 3 }],
    ['waits for readiness', { readyReplicas: 3 }],
    ['waits for minReadySeconds', { availableReplicas: 3 }],
    ['was not looked at', { observedGeneration: 0 }],
  ])('is not that it has ended where it %s', (_, status) => {
    expect(factsOf(writtenDeployment({ status }), OLD).isFinished).toBe(false);
  });

  it('is not how many are wanted where nothing is written: one', () => {
    const deployment = writtenDeployment({ spec: { replicas: undefined, paused: true }, status: { replicas: 1 } });
    expect(factsOf(deployment, OLD)).toMatchObject({ replicas: 1, isPaused: true, isFinished: false });
  });
});

describe('Pods above and below the replicas', () => {
  const rolling = (maxSurge: unknown, maxUnavailable: unknown) => ({ rollingUpdate: { maxSurge, maxUnavailable } });
  it.each([
    ['nothing is written', 10, undefined, 3, 2],
    ['shares', 10, rolling('100%', '0%'), 10, 0],
    ['numbers', 10, rolling(2, 1), 2, 1],
    ['shares of few', 1, rolling('25%', '25%'), 1, 0],
    ['nothing at all', 3, rolling(0, '0%'), 0, 1],
    ['what nobody can read', 3, rolling('much', 0), 0, 1],
  ])('are as Kubernetes counts them: %s', (_, replicas, strategy, maxSurge, maxUnavailable) => {
    const deployment = writtenDeployment({ replicas, ...(strategy && { strategy }) });
    expect(factsOf(deployment, OLD)).toMatchObject({ maxSurge, maxUnavailable });
  });

  const write = ': write strategy: { type: RollingUpdate, rollingUpdate: { maxSurge: 100%, maxUnavailable: 0 } }';
  it.each([
    [4, rolling('100%', 0), undefined],
    [4, rolling(4, 0), undefined],
    [0, undefined, undefined],
    [4, undefined, `Deployment cart makes 2 of 4 new Pods beside former ones and ends 1 of 4 former Pods early${write}`],
    [4, rolling('100%', 1), `Deployment cart ends 1 of 4 former Pods early${write}`],
    [
      4,
      { type: 'Recreate' },
      `Deployment cart ends all Pods before it makes new ones (Recreate), so no Rollout can be made${write}`,
    ],
  ])('are advised: %s replicas, %j', (replicas, strategy, advice) => {
    expect(surgeAdvice(writtenDeployment({ replicas, ...(strategy && { strategy }) }))).toBe(advice);
  });
});
