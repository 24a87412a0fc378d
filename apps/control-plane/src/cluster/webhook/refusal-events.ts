// SPDX-License-Identifier: Apache-2.0
import type { ApiConnection } from '@weir/kubernetes';
import * as z from 'zod';

/** A workload of which a Pod was refused because nobody answered at the webhook. */
export interface RefusedWorkload {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** When it happened last, as the cluster's clock says (RFC 3339). */
  readonly lastTime: string;
}

const time = z.string().nullish();

const event = z.looseObject({
  involvedObject: z.looseObject({ kind: z.string(), namespace: z.string().default(''), name: z.string() }),
  message: z.string().default(''),
  lastTimestamp: time,
  eventTime: time,
  metadata: z.looseObject({ creationTimestamp: time }),
});

const eventList = z.looseObject({
  metadata: z.looseObject({ continue: z.string().default('') }).prefault(() => ({})),
  items: z.array(z.unknown()).nullable(),
});

/** Those that tell of an object by its name, as controllers do: what others write is none of this. */
function eventsOf(items: readonly unknown[]): readonly z.infer<typeof event>[] {
  return items.flatMap(item => event.safeParse(item).data ?? []);
}

const PAGE = 500;

/** Controllers tell of Pods that they could not make by events, which are there for an hour; nothing else says so of all of them. */
export async function findRefusedWorkloads(
  connection: Pick<ApiConnection, 'ask'>,
  { webhooks, signal }: { readonly webhooks: readonly string[]; readonly signal: AbortSignal },
): Promise<readonly RefusedWorkload[]> {
  const found = new Map<string, RefusedWorkload>();
  let next = '';
  do {
    const query = new URLSearchParams({ fieldSelector: 'reason=FailedCreate,type=Warning', limit: String(PAGE) });
    if (next !== '') query.set('continue', next);
    const list = eventList.parse(
      JSON.parse(await connection.ask({ method: 'GET', path: `/api/v1/events?${query.toString()}`, signal })),
    );
    for (const { involvedObject, message, lastTimestamp, eventTime, metadata } of eventsOf(list.items ?? [])) {
      if (!isUnanswered(message, webhooks)) continue;
      const { kind, namespace, name } = involvedObject;
      const lastTime = lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? '';
      const key = `${kind}/${namespace}/${name}`;
      if (lastTime > (found.get(key)?.lastTime ?? '')) found.set(key, { kind, namespace, name, lastTime });
    }
    next = list.metadata.continue;
  } while (next !== '');
  return [...found.values()];
}

/** As the API server says it where it gets no answer of one of them, or of one whose name is within its name; a refusal in words reads otherwise. */
function isUnanswered(message: string, webhooks: readonly string[]): boolean {
  const name = /failed calling webhook "([^"]+)"/.exec(message)?.[1];
  return name !== undefined && webhooks.some(webhook => name === webhook || name.endsWith(`.${webhook}`));
}
