// SPDX-License-Identifier: Apache-2.0
import type { ClusterObject } from '../api/cluster-api.ts';
import { rollingStrategyOf } from './rolling-strategy.ts';

const WRITE = 'write strategy: { type: RollingUpdate, rollingUpdate: { maxSurge: 100%, maxUnavailable: 0 } }';

/** What is to become another in a Deployment so that a Rollout can bring its new Pods to all requests; undefined = nothing. */
export function surgeAdvice({ metadata: { name }, spec }: ClusterObject): string | undefined {
  const { replicas, maxSurge, maxUnavailable, isRecreate } = rollingStrategyOf(spec);
  if (isRecreate) {
    return `Deployment ${name} ends all Pods before it makes new ones (Recreate), so no Rollout can be made: ${WRITE}`;
  }
  if (replicas === 0) return undefined;
  const made = Math.min(replicas, maxSurge + maxUnavailable);
  const found = [
    ...(made < replicas ? [`makes ${made} of ${replicas} new Pods beside former ones`] : []),
    ...(maxUnavailable > 0 ? [`ends ${maxUnavailable} of ${replicas} former Pods early`] : []),
  ];
  return found.length === 0 ? undefined : `Deployment ${name} ${found.join(' and ')}: ${WRITE}`;
}
