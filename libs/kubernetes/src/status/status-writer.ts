// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util';
import { ChangingNote, reasonWords } from '@weir/base';
import type { Clock, Random, Timer } from '@weir/base';
import { ApiError } from '../api/cluster-api.ts';
import type { ApiResource, ClusterObject, ClusterReader } from '../api/cluster-api.ts';
import type { ObjectPlace, ObjectWriter } from '../write/object-writer.ts';
import { Retries } from '../write/retries.ts';
import { TokenBucket } from '../write/token-bucket.ts';
import type { RateSettings } from '../write/token-bucket.ts';
import { DueKeys } from './due-keys.ts';
import { mergeStatus } from './merge-status.ts';
import type { WrittenStatus } from './merge-status.ts';
import { ObjectStock } from './object-stock.ts';
import { ownedStatusFields } from './owned-fields.ts';
import { keyOf, kindOf, placeFromKey, STATUS_RESOURCES } from './status-place.ts';

/** What objects are to be told. */
export interface StatusSource {
  /** Keys `Kind/namespace/name` of all objects that Weir answers for. */
  readonly keys: () => Iterable<string>;
  /** Undefined = Weir has nothing to say of it. */
  readonly status: (key: string) => WrittenStatus | undefined;
  /** Whether all that the status tells is known by now; until then nothing is written over what an earlier leader said. */
  readonly isKnown?: (key: string) => boolean;
  /** Told of each object as it is found when all are looked at, before it is asked for the status. Must not throw. */
  readonly onFound?: (key: string, object: ClusterObject) => void;
}

export interface StatusWriterOptions {
  readonly source: StatusSource;
  readonly reader: Pick<ClusterReader, 'list'>;
  readonly writer: Pick<ObjectWriter, 'applyStatus' | 'get'>;
  readonly clock: Clock;
  readonly random: Random;
  /** 50 a second, and 100 at once, unless given. */
  readonly rate?: RateSettings;
  /** Told why a status cannot be written; not the same twice in a row. */
  readonly onNote: (text: string) => void;
}

/** What changes together is written together. */
const BATCH_MS = 100;
/** Two requests each. Routes that are made and changed at 20 a second have their statuses, and a backlog becomes less. */
const RATE: RateSettings = { perSecond: 50, burst: 100 };
/** So long it may stay unseen that somebody wrote over a status of Weir. */
const STOCK_MS = 600_000;

/**
 * Writes statuses into a cluster, only those that the cluster does not have, and only while this replica leads. An object is read before
 * its status is written, and it is written only if nobody wrote the object in between, so that nothing of others is lost.
 */
export class StatusWriter {
  private readonly options: StatusWriterOptions;
  private readonly bucket: TokenBucket;
  /** What each object was last found or made to have. */
  private readonly written = new Map<string, WrittenStatus>();
  private readonly retries: Retries<WrittenStatus | undefined>;
  private readonly due = new DueKeys();
  private touched: Set<string> | 'all' = new Set();
  private term: AbortSignal = AbortSignal.abort();
  private timer: Timer | undefined;
  /** What the cluster has is known by kind: of one that cannot be read nothing is written, and of the others all. */
  private stock: ObjectStock | undefined;
  /** What may be new of kinds that are not known yet: an older object of the same name may be found. */
  private readonly renewed = new Set<string>();
  private isBusy = false;
  private readonly notes: ChangingNote;

  constructor(options: StatusWriterOptions) {
    this.options = options;
    this.notes = new ChangingNote(options.onNote);
    this.bucket = new TokenBucket(options.rate ?? RATE, options.clock);
    this.retries = new Retries(options, key => {
      this.due.add(key);
      this.schedule(0);
    });
  }

  /** How many statuses wait to be written. */
  get waitingCount(): number {
    return this.due.size + this.retries.count;
  }

  /** This replica leads until `signal` aborts. Begins with all that the cluster does not have. */
  lead(signal: AbortSignal): void {
    this.term = signal;
    this.written.clear();
    this.retries.clear();
    this.due.clear();
    this.renewed.clear();
    const stock = this.openStock(signal);
    this.stock = stock;
    const stocks = this.options.clock.every(STOCK_MS, () => void stock.take(STATUS_RESOURCES));
    signal.addEventListener('abort', () => {
      stocks.cancel();
      this.timer?.cancel();
      this.timer = undefined;
    });
    void stock.take(STATUS_RESOURCES);
  }

  /** Says that statuses may have become others; `keys` not given: any of them. */
  touch(keys?: Iterable<string>): void {
    if (keys === undefined) this.touched = 'all';
    else if (this.touched !== 'all') for (const key of keys) this.touched.add(key);
    this.schedule(BATCH_MS);
  }

  /** Says that nothing is known of what these objects have, as they may be new ones of the same names. */
  renew(keys: readonly string[]): void {
    for (const key of keys) {
      this.written.delete(key);
      // Also while a write of the old one is under way, which would count as one of the new.
      if (!this.isKnown(key) || this.options.source.status(key) === undefined) continue;
      if (this.isInStock(key)) this.due.add(key);
      else this.renewed.add(key);
    }
    this.schedule(BATCH_MS);
  }

  /** Looks at all objects of a kind at once, so that those which have their status already cost no request each. */
  private openStock(signal: AbortSignal): ObjectStock {
    return new ObjectStock(signal, {
      ...this.options,
      onObject: (resource, object) => this.lookAt(keyOf(resource, object), object),
      onWhole: resource => this.beginKind(resource),
    });
  }

  private beginKind({ kind }: ApiResource): void {
    for (const key of this.renewed) {
      if (kindOf(key) === kind && this.renewed.delete(key)) this.due.add(key);
    }
    this.touch(this.allKeys().filter(key => kindOf(key) === kind));
  }

  private allKeys(): string[] {
    return [...this.options.source.keys(), ...this.written.keys()];
  }

  private isInStock(key: string): boolean {
    return this.stock?.hasWhole(kindOf(key)) ?? false;
  }

  private lookAt(key: string, object: ClusterObject): void {
    this.options.source.onFound?.(key, object);
    if (!this.isKnown(key)) return;
    const wanted = this.options.source.status(key);
    // What an earlier leader said of an object that is not Weir's any more.
    if (wanted === undefined && ownedStatusFields(object) !== undefined) this.due.add(key);
    else if (wanted !== undefined && mergeStatus(wanted, object).isThere) this.written.set(key, wanted);
    else this.written.delete(key);
  }

  private schedule(delayMs: number): void {
    if (this.term.aborted || this.timer !== undefined) return;
    this.timer = this.options.clock.after(delayMs, () => {
      this.timer = undefined;
      this.collect();
      void this.work(this.term);
    });
  }

  /** Notes whose statuses are others than those that were written. */
  private collect(): void {
    const { source } = this.options;
    const keys = this.touched === 'all' ? new Set(this.allKeys()) : this.touched;
    this.touched = new Set();
    for (const key of keys) {
      // Of a kind that is not in stock all are touched as soon as it is.
      if (!this.isInStock(key) || !this.isKnown(key)) continue;
      const wanted = source.status(key);
      if (!isDeepStrictEqual(wanted, this.written.get(key)) && !this.retries.isWaiting(key, wanted)) this.due.add(key);
    }
  }

  private isKnown(key: string): boolean {
    return this.options.source.isKnown?.(key) ?? true;
  }

  /** Writes what is due, one after the other, as fast as it may. */
  private async work(signal: AbortSignal): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    let waitMs = BATCH_MS;
    while (this.due.size > 0) {
      waitMs = this.bucket.take();
      if (signal.aborted || waitMs > 0) break;
      const key = this.due.take();
      if (key !== undefined) await this.attempt(key, signal);
    }
    this.isBusy = false;
    if (this.due.size > 0) this.schedule(waitMs);
  }

  private async attempt(key: string, signal: AbortSignal): Promise<void> {
    const place = placeFromKey(key);
    // What was known when it became due may not be any more; whoever hears of it touches it.
    if (place === undefined || !this.isKnown(key)) return;
    const wanted = this.options.source.status(key);
    try {
      await this.write(place, wanted, signal);
      this.retries.forget(key);
      if (wanted === undefined) this.written.delete(key);
      else this.written.set(key, wanted);
      this.notes.clear();
    } catch (reason) {
      if (!signal.aborted) this.failed(key, wanted, reason);
    }
  }

  private async write(place: ObjectPlace, wanted: WrittenStatus | undefined, signal: AbortSignal): Promise<void> {
    const { writer } = this.options;
    const found = await writer.get(place, signal);
    // An object that is gone is soon gone from the documents as well.
    if (found === undefined) return;
    const { status, isThere } = mergeStatus(wanted, found);
    if (!isThere) await writer.applyStatus(place, { ...headerOf(found), status }, signal);
  }

  private failed(key: string, wanted: WrittenStatus | undefined, reason: unknown): void {
    this.retries.fail(key, wanted);
    const isBeaten = reason instanceof ApiError && reason.isConflict;
    if (!isBeaten) this.notes.tell(`the status of ${key} cannot be written, and is tried again: ${reasonWords(reason)}`);
  }
}

/** With the version that was read: it is a conflict where somebody wrote the object since. */
function headerOf({ apiVersion, kind, metadata: { name, namespace, resourceVersion } }: ClusterObject): ClusterObject {
  const metadata = {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
  return { apiVersion, kind, metadata };
}
