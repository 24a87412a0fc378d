// SPDX-License-Identifier: Apache-2.0
import { ApiError } from '@weir/kubernetes';
import type { ApiConnection } from '@weir/kubernetes';
import * as z from 'zod';

/** Names of the two configurations that API servers find the webhooks by. */
export interface WebhookConfigurations {
  readonly mutating: string;
  readonly validating: string;
}

export interface CaBundleOptions {
  readonly connection: Pick<ApiConnection, 'ask'>;
  readonly names: WebhookConfigurations;
  /** Of Service `weir-webhook`: an entry that leads to a Service elsewhere is another release's. */
  readonly namespace: string;
  readonly caPem: string;
  readonly signal: AbortSignal;
}

const configuration = z.object({
  webhooks: z
    .array(
      z.object({
        name: z.string(),
        clientConfig: z.object({ caBundle: z.string().optional(), service: z.object({ namespace: z.string() }).optional() }),
      }),
    )
    .default([]),
});

const ROOT = '/apis/admissionregistration.k8s.io/v1';

/**
 * Lets API servers believe the webhooks: writes their roots into both configurations, where another text stands there. One that is not there
 * is passed over: somebody may want no webhook of that kind. All replicas have the same roots, so any of them may do it. Returns the paths
 * of those that were changed.
 */
export async function fillCaBundles({ names, ...options }: CaBundleOptions): Promise<readonly string[]> {
  const paths = [
    `${ROOT}/mutatingwebhookconfigurations/${names.mutating}`,
    `${ROOT}/validatingwebhookconfigurations/${names.validating}`,
  ];
  const changed: string[] = [];
  for (const path of paths) if (await fill(path, options)) changed.push(path);
  return changed;
}

async function fill(path: string, { connection, namespace, caPem, signal }: Omit<CaBundleOptions, 'names'>): Promise<boolean> {
  const text = await found(connection.ask({ method: 'GET', path, signal }));
  if (text === undefined) return false;
  const caBundle = Buffer.from(caPem).toString('base64');
  const { webhooks } = configuration.parse(JSON.parse(text));
  const patch = webhooks.flatMap(({ name, clientConfig }, index) => {
    const isOwn = (clientConfig.service?.namespace ?? namespace) === namespace;
    if (!isOwn || clientConfig.caBundle === caBundle) return [];
    // Whoever puts another webhook in this place meanwhile gets nothing of ours.
    const test = { op: 'test', path: `/webhooks/${index}/name`, value: name };
    return [test, { op: 'add', path: `/webhooks/${index}/clientConfig/caBundle`, value: caBundle }];
  });
  if (patch.length === 0) return false;
  const body = JSON.stringify(patch);
  await connection.ask({ method: 'PATCH', path, body, contentType: 'application/json-patch+json', signal });
  return true;
}

async function found(answer: Promise<string>): Promise<string | undefined> {
  try {
    return await answer;
  } catch (reason) {
    if (reason instanceof ApiError && reason.isNotFound) return undefined;
    throw reason;
  }
}
