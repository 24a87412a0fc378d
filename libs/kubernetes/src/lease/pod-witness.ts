// SPDX-License-Identifier: Apache-2.0
import type { ApiConnection } from '../api/api-connection.ts';
import { ApiError } from '../api/cluster-api.ts';
import type { LeaseWitness } from './abandoned-lease.ts';

/** Holders of leases are Pods of a namespace, by their names. */
export function createPodWitness(api: Pick<ApiConnection, 'ask' | 'wallMs'>, namespace: string): LeaseWitness {
  return {
    wallMs: signal => api.wallMs(signal),
    async isGone(holder, signal) {
      const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(holder)}`;
      try {
        await api.ask({ method: 'GET', path, signal });
        return false;
      } catch (reason) {
        if (reason instanceof ApiError && reason.isNotFound) return true;
        throw reason;
      }
    },
  };
}
