// SPDX-License-Identifier: Apache-2.0
import { surgeAdvice } from '@weir/kubernetes';
import type { ClusterObject } from '@weir/kubernetes';
import { z } from 'zod';
import type { ClusterReads } from '../cluster-reads.ts';
import { readRollouts } from '../read-rollouts.ts';
import { checkAutoscalers } from './check-autoscalers.ts';
import { ok, warning } from './finding.ts';
import type { Finding } from './finding.ts';

type Reads = Pick<ClusterReads, 'read'>;

const DEPLOYMENT = z.looseObject({
  apiVersion: z.string().default('apps/v1'),
  kind: z.string().default('Deployment'),
  metadata: z.object({ name: z.string() }),
});

/** Whether the Deployments that Rollouts name can bring new Pods to all requests, and keep them; nothing where there are no such Rollouts. */
export async function checkRollouts(cluster: Reads): Promise<readonly Finding[]> {
  const named = (await readRollouts(cluster)).flatMap(({ namespace, deployment }) =>
    deployment === undefined ? [] : { namespace, name: deployment },
  );
  const findings = await Promise.all(named.map(target => checkDeployment(cluster, target)));
  const found = [...findings.filter(finding => finding !== undefined), ...(await checkAutoscalers(cluster, named))];
  if (found.length > 0 || named.length === 0) return found;
  return [ok('rollouts', `${named.length} Deployments of Rollouts can bring new Pods to all requests`)];
}

interface Target {
  readonly namespace: string;
  readonly name: string;
}

async function checkDeployment(cluster: Reads, { namespace, name }: Target): Promise<Finding | undefined> {
  const found = await cluster.read(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`);
  if (found === undefined) {
    const hint = 'make it, or name another one in spec.revisions.deployment.name';
    return warning('rollouts', {
      message: `a Rollout of namespace ${namespace} names Deployment ${name}, which is not there`,
      hint,
    });
  }
  const deployment: ClusterObject = DEPLOYMENT.parse(found);
  const advice = surgeAdvice(deployment);
  const hint = 'all requests go to new Pods while the former ones are kept, so there have to be as many of each';
  return advice === undefined ? undefined : warning('rollouts', { message: `namespace ${namespace}: ${advice}`, hint });
}
