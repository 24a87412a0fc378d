// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import { ApiError } from '@weir/kubernetes';
import type { ApiConnection } from '@weir/kubernetes';
import { findRefusedWorkloads } from './refusal-events.ts';
import type { RefusedWorkload } from './refusal-events.ts';
import { WORKLOAD_KINDS } from './refused-workload.ts';
import type { Workload } from './refused-workload.ts';

export interface RetryOptions {
  readonly connection: Pick<ApiConnection, 'ask'>;
  /** Names of the webhooks (not of their configurations) whose absence refused Pods: `injection.weir.dev`. */
  readonly webhooks: readonly string[];
  readonly signal: AbortSignal;
}

/** As `KIND NAMESPACE/NAME`. */
export interface RetriedWorkloads {
  readonly woken: readonly string[];
  /** With why, in words. */
  readonly failures: readonly string[];
}

/** On a workload: the last refusal that it was told to try again after. */
const RETRIED_ANNOTATION = 'weir.dev/retried-after';

/**
 * Has controllers try again at once whose Pods were refused while nobody answered: by themselves they would, but only after minutes. A
 * change of their annotations wakes them; their templates stay, so that no Pod is made anew. Each refusal wakes once. One that cannot be
 * woken keeps no other from it.
 */
export async function retryRefused({ connection, webhooks, signal }: RetryOptions): Promise<RetriedWorkloads> {
  const [woken, failures]: [string[], string[]] = [[], []];
  for (const refused of await findRefusedWorkloads(connection, { webhooks, signal })) {
    const label = `${refused.kind} ${refused.namespace}/${refused.name}`;
    try {
      if (await wake(refused, { connection, signal })) woken.push(label);
    } catch (reason) {
      failures.push(`${label}: ${reasonWords(reason)}`);
    }
  }
  return { woken, failures };
}

async function wake(
  { kind, namespace, name, lastTime }: RefusedWorkload,
  { connection, signal }: Omit<RetryOptions, 'webhooks'>,
): Promise<boolean> {
  const known = WORKLOAD_KINDS.get(kind);
  if (known === undefined) return false;
  const path = `${known.collection(namespace)}/${encodeURIComponent(name)}`;
  try {
    const workload = known.schema.parse(JSON.parse(await connection.ask({ method: 'GET', path, signal })));
    if (!isWaiting(workload, lastTime)) return false;
    const body = JSON.stringify({ metadata: { annotations: { [RETRIED_ANNOTATION]: lastTime } } });
    await connection.ask({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json', signal });
    return true;
  } catch (reason) {
    // Gone meanwhile, as finished Jobs and replaced ReplicaSets are.
    if (reason instanceof ApiError && reason.isNotFound) return false;
    throw reason;
  }
}

function isWaiting({ annotations, lacksPods }: Workload, lastTime: string): boolean {
  return lacksPods && (annotations[RETRIED_ANNOTATION] ?? '') < lastTime;
}
