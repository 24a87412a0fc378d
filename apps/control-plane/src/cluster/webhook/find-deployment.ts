// SPDX-License-Identifier: Apache-2.0
import { ApiError } from '@weir/kubernetes';
import type { ApiConnection, ClusterObject } from '@weir/kubernetes';
import * as z from 'zod';
import type { FindDeployment } from './validate-with-advice.ts';

const deploymentSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
});

/** Whoever writes a Rollout waits for it. */
const TIMEOUT_MS = 2_000;

/** Asks an API server for Deployments. */
export function createFindDeployment(connection: Pick<ApiConnection, 'ask'>): FindDeployment {
  return async (namespace, name): Promise<ClusterObject | undefined> => {
    const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/deployments/${encodeURIComponent(name)}`;
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      return deploymentSchema.parse(JSON.parse(await connection.ask({ method: 'GET', path, signal, timeoutMs: TIMEOUT_MS })));
    } catch (reason) {
      if (reason instanceof ApiError && reason.isNotFound) return undefined;
      throw reason;
    }
  };
}
