// SPDX-License-Identifier: Apache-2.0
import { Backoff, ChangingNotes, reasonWords } from '@weir/base';
import type { Clock, Random } from '@weir/base';
import { ApiError } from '../api/cluster-api.ts';
import type { ApiResource, ClusterObject, ClusterReader } from '../api/cluster-api.ts';

export interface ObjectStockOptions {
  readonly reader: Pick<ClusterReader, 'list'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly onObject: (resource: ApiResource, object: ClusterObject) => void;
  /** All objects of a kind were told. */
  readonly onWhole: (resource: ApiResource) => void;
  /** Told why a kind cannot be read; of each kind not the same twice in a row. */
  readonly onNote: (text: string) => void;
}

const PAGE_SIZE = 500;
const RETRY = { firstMs: 500, maxMs: 60_000 };

/** What the cluster has of some kinds, until `signal` aborts. A kind that cannot be read is tried again, and keeps no other waiting. */
export class ObjectStock {
  private readonly options: ObjectStockOptions;
  private readonly signal: AbortSignal;
  private readonly whole = new Set<string>();
  /** Kinds that are being read or wait to be tried again: a second attempt beside it would tell and ask for everything twice. */
  private readonly underWay = new Set<string>();
  private readonly notes: ChangingNotes;

  constructor(signal: AbortSignal, options: ObjectStockOptions) {
    this.signal = signal;
    this.options = options;
    this.notes = new ChangingNotes(options.onNote);
  }

  /** Whether all objects of a kind were told at least once. */
  hasWhole(kind: string): boolean {
    return this.whole.has(kind);
  }

  /** Tells of all objects of each kind, page by page, one kind after the other. Never rejects. */
  async take(resources: readonly ApiResource[]): Promise<void> {
    for (const resource of resources) {
      if (this.underWay.has(resource.kind)) continue;
      this.underWay.add(resource.kind);
      await this.attempt(resource, new Backoff(RETRY, this.options.random));
    }
  }

  private async attempt(resource: ApiResource, backoff: Backoff): Promise<void> {
    try {
      await this.readPages(resource);
    } catch (reason) {
      if (this.signal.aborted) return;
      const isInstalled = !(reason instanceof ApiError && reason.isNotFound);
      if (isInstalled) {
        this.notes.tell(
          resource.kind,
          `the statuses of ${resource.plural} cannot be read, and are tried again: ${reasonWords(reason)}`,
        );
        this.attemptIn(backoff.nextMs(), resource, backoff);
        return;
      }
    }
    this.underWay.delete(resource.kind);
    this.whole.add(resource.kind);
    this.notes.clear(resource.kind);
    this.options.onWhole(resource);
  }

  private attemptIn(waitMs: number, resource: ApiResource, backoff: Backoff): void {
    this.options.clock.after(waitMs, () => {
      if (!this.signal.aborted) void this.attempt(resource, backoff);
    });
  }

  private async readPages(resource: ApiResource): Promise<void> {
    const { reader, onObject } = this.options;
    let next: string | undefined;
    do {
      const page = await reader.list(resource, { limit: PAGE_SIZE, next, signal: this.signal });
      this.signal.throwIfAborted();
      for (const object of page.items) onObject(resource, object);
      ({ next } = page);
    } while (next !== undefined);
  }
}
