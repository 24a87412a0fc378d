// SPDX-License-Identifier: Apache-2.0
import type { ClusterReads } from '../cluster-reads.ts';

/**
 * Has a Pod made that is not: the API server asks its webhooks, and keeps nothing (dryRun, sideEffects None). Resolves with the Pod as they
 * left it; rejects where it would be refused.
 */
export function tryPod(cluster: Pick<ClusterReads, 'send'>, namespace: string, metadata: object = {}): Promise<unknown> {
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  return cluster.send('POST', `/api/v1/namespaces/${namespace}/pods?dryRun=All`, {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'weir-check-', ...metadata } },
    spec: {
      securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [{ name: 'check', image: 'weir-check', securityContext }],
    },
  });
}
