// SPDX-License-Identifier: Apache-2.0
import { API_AUDIENCE } from '@weir/kubernetes';
import { z } from 'zod';
import type { ClusterReads } from './cluster-reads.ts';

/** Whose rights on the API a command needs. */
export type ApiRole = 'operator' | 'viewer';

/** API servers give none that is shorter. */
const LIFETIME_S = 600;
const REQUEST = z.object({ status: z.object({ token: z.string() }) });

/**
 * What opens the API: the token by which the API server knows who uses the kubeconfig, so that the control plane asks about that person; who
 * shows a certificate has none, and gets one of the service account of the role. Throws as the client does.
 */
export async function apiTokenFor(
  cluster: Pick<ClusterReads, 'ownToken' | 'send'>,
  { namespace, role }: { readonly namespace: string; readonly role: ApiRole },
): Promise<string> {
  const own = await cluster.ownToken();
  if (own !== undefined) return own;
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/weir-${role}/token`;
  const answer = await cluster.send('POST', path, {
    ...{ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' },
    spec: { audiences: [API_AUDIENCE], expirationSeconds: LIFETIME_S },
  });
  return REQUEST.parse(answer).status.token;
}
