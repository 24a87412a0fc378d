// SPDX-License-Identifier: Apache-2.0
import { Backoff } from '@weir/base';
import type { Clock, Random } from '@weir/base';
import { ApiError } from '../api/cluster-api.ts';
import type { ApiResource, ClusterObject, ClusterReader } from '../api/cluster-api.ts';

export interface ReadAllOptions {
  readonly reader: Pick<ClusterReader, 'list'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly onObject: (resource: ApiResource, object: ClusterObject) => void;
  readonly onTrouble: (resource: ApiResource, reason: unknown) => void;
}

const PAGE_SIZE = 500;
const RETRY = { firstMs: 500, maxMs: 60_000 };

/** Tells of all objects of some kinds, page by page; what cannot be read is tried again until `signal` aborts. Never rejects. */
export async function readAll(resources: readonly ApiResource[], signal: AbortSignal, options: ReadAllOptions): Promise<void> {
  for (const resource of resources) await readKind(resource, signal, options);
}

async function readKind(resource: ApiResource, signal: AbortSignal, options: ReadAllOptions): Promise<void> {
  const backoff = new Backoff(RETRY, options.random);
  while (!signal.aborted) {
    try {
      await readPages(resource, signal, options);
      return;
    } catch (reason) {
      // Not installed.
      if (reason instanceof ApiError && reason.isNotFound) return;
      options.onTrouble(resource, reason);
    }
    await new Promise<void>(resolve => void options.clock.after(backoff.nextMs(), resolve));
  }
}

async function readPages(resource: ApiResource, signal: AbortSignal, { reader, onObject }: ReadAllOptions): Promise<void> {
  let next: string | undefined;
  do {
    const page = await reader.list(resource, { limit: PAGE_SIZE, next, signal });
    signal.throwIfAborted();
    for (const object of page.items) onObject(resource, object);
    ({ next } = page);
  } while (next !== undefined);
}
