// SPDX-License-Identifier: Apache-2.0
import type { ApiConnection } from '@weir/kubernetes';
import * as z from 'zod';

const namespaceSchema = z.looseObject({
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()).default({}) }),
});

/** An API server waits for a webhook, and the Pod with it. */
const TIMEOUT_MS = 5_000;

/** Asks for the labels of a Namespace: a Pod can follow its Namespace sooner than what watches hears of it. */
export function createNamespaceLabels(
  connection: Pick<ApiConnection, 'ask'>,
): (name: string) => Promise<Readonly<Record<string, string>>> {
  return async name => {
    const path = `/api/v1/namespaces/${encodeURIComponent(name)}`;
    const text = await connection.ask({ method: 'GET', path, signal: AbortSignal.timeout(TIMEOUT_MS), timeoutMs: TIMEOUT_MS });
    return namespaceSchema.parse(JSON.parse(text)).metadata.labels;
  };
}
