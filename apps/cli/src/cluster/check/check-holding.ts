// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import { HOLD_CONFIGURATION } from '@weir/kubernetes';
import { POD_TEMPLATE_HASH, PROMOTED_GATE } from '@weir/policy/resolve';
import { z } from 'zod';
import type { ClusterReads } from '../cluster-reads.ts';
import { readRollouts } from '../read-rollouts.ts';
import { error, listed, ok } from './finding.ts';
import type { Finding } from './finding.ts';
import { tryPod } from './try-pod.ts';

type Reads = Pick<ClusterReads, 'read' | 'send'>;

const CONFIGURATION = z.object({
  webhooks: z.array(z.object({ matchConditions: z.array(z.object({ expression: z.string() })).default([]) })).default([]),
});
const POD = z.object({
  spec: z.object({ readinessGates: z.array(z.object({ conditionType: z.string() })).default([]) }),
});

/** No template of a Pod has it. */
const HASH = 'weir-check';

/** A Deployment that has a Rollout. */
interface RolledOut {
  readonly namespace: string;
  readonly deployment: string;
  /** It is known what its Pods are to be compared with. */
  readonly hasStable: boolean;
}

/** Whether Pods of new revisions are held back of all Deployments that have Rollouts; `configuration`: the webhook's, as it was read. */
export async function checkHolding(cluster: Reads, configuration: unknown): Promise<readonly Finding[]> {
  const rolledOut = (await readRollouts(cluster)).flatMap(({ namespace, deployment, stable }) =>
    deployment === undefined ? [] : { namespace, deployment, hasStable: stable !== undefined },
  );
  if (rolledOut.length === 0) return [ok('holding', 'no Deployment has a Rollout, so that API servers ask about no pod for one')];
  const asked = expressionsIn(configuration);
  const unasked = rolledOut.filter(({ namespace, deployment }) => !asked.includes(JSON.stringify(`${namespace}/${deployment}`)));
  if (unasked.length > 0) {
    const names = listed(unasked.map(({ namespace, deployment }) => `${namespace}/${deployment}`));
    const hint = 'the replica that leads writes it, but for kube-system and its own namespace: see that one leads, and its log';
    return [
      error('holding', { message: `API servers do not ask about pods of these Deployments with Rollouts: ${names}`, hint }),
    ];
  }
  const tried = rolledOut.find(({ hasStable }) => hasStable);
  if (tried !== undefined) return [await tryHolding(cluster, tried)];
  return [ok('holding', 'no Rollout of a Deployment knows its stable revision yet, so nothing was tried')];
}

function expressionsIn(configuration: unknown): string {
  const { webhooks } = CONFIGURATION.parse(configuration);
  return webhooks.flatMap(({ matchConditions }) => matchConditions.map(({ expression }) => expression)).join('\n');
}

/** Has a Pod of a revision tried that there is not. */
async function tryHolding(cluster: Reads, { namespace, deployment }: RolledOut): Promise<Finding> {
  const name = `${namespace}/${deployment}`;
  try {
    const made = POD.parse(await tryPod(cluster, namespace, ofNewRevision(deployment)));
    if (made.spec.readinessGates.some(({ conditionType }) => conditionType === PROMOTED_GATE)) {
      return ok('holding', `a pod of a new revision of Deployment ${name} is held back`);
    }
    const hint = `the webhook is not asked, or knows no stable revision: kubectl get mutatingwebhookconfiguration ${HOLD_CONFIGURATION} -o yaml`;
    return error('holding', { message: `a pod of a new revision of Deployment ${name} is not held back`, hint });
  } catch (reason) {
    const hint =
      'no pod of it is made meanwhile; see that Service weir-webhook has endpoints and that the API server reaches them';
    return error('holding', { message: `a pod of Deployment ${name} cannot be made: ${reasonWords(reason)}`, hint });
  }
}

function ofNewRevision(deployment: string): object {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${deployment}-${HASH}`, uid: HASH, controller: true };
  return { labels: { [POD_TEMPLATE_HASH]: HASH }, ownerReferences: [owner] };
}
