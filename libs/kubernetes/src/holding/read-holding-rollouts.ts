// SPDX-License-Identifier: Apache-2.0
import type { ApiConnection } from '../api/api-connection.ts';
import { ApiError } from '../api/cluster-api.ts';
import { holdingRolloutsFrom } from './holding-rollout.ts';
import type { HoldingRollout } from './holding-rollout.ts';

/** An API server waits for the webhook, and the Pod with it. */
const TIMEOUT_MS = 5_000;

/**
 * Asks for the Rollouts of Deployments in a namespace as they are now: what follows them hears of a change later than a Pod may be made.
 * None where there is no such kind. Rejects where the API server cannot be asked.
 */
export function createHoldingReader(
  connection: Pick<ApiConnection, 'ask'>,
): (namespace: string) => Promise<readonly HoldingRollout[]> {
  return async namespace => {
    const path = `/apis/weir.dev/v1alpha1/namespaces/${encodeURIComponent(namespace)}/rollouts`;
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    try {
      return holdingRolloutsFrom(JSON.parse(await connection.ask({ method: 'GET', path, signal, timeoutMs: TIMEOUT_MS })));
    } catch (reason) {
      if (reason instanceof ApiError && reason.isNotFound) return [];
      throw reason;
    }
  };
}
