// SPDX-License-Identifier: Apache-2.0
import { Backoff, reasonWords } from '@weir/base';
import type { Clock, Random } from '@weir/base';
import { ApiError } from '../api/cluster-api.ts';
import type { ApiResource, ClusterObject, ClusterReader, ObjectPage, WatchEvent } from '../api/cluster-api.ts';
import { neededFields } from '../documents/needed-fields.ts';

/** Told of all objects of a kind; none may throw. */
export interface ReflectorHandler {
  /** All objects that there are: what was told before and is not among them is gone. */
  onListed(objects: readonly ClusterObject[]): void;
  onChanged(object: ClusterObject): void;
  onRemoved(object: ClusterObject): void;
  /** Nothing happened, and it has read further. */
  onBookmark(): void;
  /** They cannot be followed at present, and are tried again: what was told before stays. Told once for each reason. */
  onTrouble(reason: string): void;
  onRecovered(): void;
}

export interface ReflectorPorts {
  readonly reader: ClusterReader;
  readonly clock: Clock;
  readonly random: Random;
}

const PAGE_SIZE = 500;
/** A watch lasts that long and half as long again by chance, so that an API server that starts does not get all at once (client-go: 5 to 10 min). */
const WATCH_SECONDS = 300;
const RETRY = { firstMs: 200, maxMs: 30_000 };
/** What reaches nobody burdens nobody: once an API server is back, what changed meanwhile is served soon. */
const RECONNECT = { firstMs: 200, maxMs: 3_000 };
/** So long a kind that had objects has to be unknown until that is believed. */
const MISSING_MS = 60_000;

/**
 * Follows all objects of one kind: lists them in pages, watches from there, and goes on from the last bookmark when a watch ends. It lists
 * again only where the API server has forgotten that place (410). A kind that is not installed has no objects, and is looked for again; of one
 * that was there, what was told stays for a minute, as an API server that begins may not know its kinds yet.
 * Of Pods, Nodes, ConfigMaps and Secrets it tells only what is read.
 */
export class Reflector {
  private readonly resource: ApiResource;
  private readonly ports: ReflectorPorts;
  private readonly handler: ReflectorHandler;
  /** After what an API server said. */
  private readonly backoff: Backoff;
  /** After what it was not there to say. */
  private readonly reconnects: Backoff;
  private readonly stopping = new AbortController();
  /** Undefined = the next step is a list. */
  private resourceVersion: string | undefined;
  private newestVersion = 0;
  /** Whether the API server has known the kind. */
  private wasThere = false;
  /** Since when it does not. */
  private missingSinceMs: number | undefined;
  private trouble: string | undefined;

  constructor(resource: ApiResource, ports: ReflectorPorts, handler: ReflectorHandler) {
    this.resource = resource;
    this.ports = ports;
    this.handler = handler;
    this.backoff = new Backoff(RETRY, ports.random);
    this.reconnects = new Backoff(RECONNECT, ports.random);
  }

  /** How far it has read; 0 = it has to list anew, or there is no such kind. */
  get position(): number {
    return numberOf(this.resourceVersion);
  }

  /** The newest version of an object that it was told of: who has read that far knows all that this one does. */
  get newest(): number {
    return this.newestVersion;
  }

  /** Follows until `stop`; never rejects. */
  async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const waitMs = await this.step();
      if (waitMs > 0) await this.pause(waitMs);
    }
  }

  stop(): void {
    this.stopping.abort();
  }

  /** One list or one watch. Answers how long to wait before the next. */
  private async step(): Promise<number> {
    try {
      if (this.resourceVersion === undefined) await this.list();
      else await this.watch(this.resourceVersion);
      return 0;
    } catch (reason) {
      return this.stopping.signal.aborted ? 0 : this.failed(reason);
    }
  }

  private async list(): Promise<void> {
    const { reader } = this.ports;
    const { signal } = this.stopping;
    const { pageSize: limit = PAGE_SIZE } = this.resource;
    let page = await reader.list(this.resource, { limit, next: undefined, signal });
    const objects = this.takePage(page);
    while (page.next !== undefined) {
      page = await reader.list(this.resource, { limit, next: page.next, signal });
      objects.push(...this.takePage(page));
    }
    this.resourceVersion = page.resourceVersion;
    this.wasThere = true;
    this.missingSinceMs = undefined;
    this.recovered();
    this.handler.onListed(objects);
  }

  private takePage({ items }: ObjectPage): ClusterObject[] {
    for (const object of items) this.noteVersion(object);
    return items.map(neededFields);
  }

  private async watch(resourceVersion: string): Promise<void> {
    const { random, reader } = this.ports;
    await reader.watch(this.resource, {
      resourceVersion,
      timeoutSeconds: Math.round(WATCH_SECONDS * (1 + random.next() / 2)),
      signal: this.stopping.signal,
      onEvent: event => this.take(event),
    });
    // One that ends before it has said anything would be begun again and again without a pause.
    if (this.resourceVersion === resourceVersion) await this.pause(this.backoff.nextMs());
  }

  private take(event: WatchEvent): void {
    if (this.stopping.signal.aborted) return;
    this.backoff.reset();
    this.reconnects.reset();
    this.recovered();
    this.resourceVersion = event.kind === 'bookmark' ? event.resourceVersion : versionOf(event.object, this.resourceVersion);
    if (event.kind === 'bookmark') return this.handler.onBookmark();
    this.noteVersion(event.object);
    if (event.kind === 'changed') this.handler.onChanged(neededFields(event.object));
    else this.handler.onRemoved(neededFields(event.object));
  }

  private noteVersion({ metadata }: ClusterObject): void {
    this.newestVersion = Math.max(this.newestVersion, numberOf(metadata.resourceVersion));
  }

  private failed(reason: unknown): number {
    const error = reason instanceof ApiError ? reason : undefined;
    if (error?.isExpired === true) {
      this.resourceVersion = undefined;
      return this.backoff.nextMs();
    }
    if (error?.isNotFound === true) {
      this.resourceVersion = undefined;
      if (this.isMissing()) return this.missing();
    } else {
      // That nobody answered for a minute says nothing of kinds.
      this.missingSinceMs = undefined;
    }
    this.tellTrouble(reasonWords(reason));
    return (error === undefined ? this.reconnects : this.backoff).nextMs();
  }

  /** Whether there is no such kind, and not only for a moment. */
  private isMissing(): boolean {
    const nowMs = this.ports.clock.nowMs();
    this.missingSinceMs ??= nowMs;
    return !this.wasThere || nowMs - this.missingSinceMs >= MISSING_MS;
  }

  private missing(): number {
    this.wasThere = false;
    this.recovered();
    this.handler.onListed([]);
    return RETRY.maxMs;
  }

  private tellTrouble(reason: string): void {
    if (this.trouble === reason) return;
    this.trouble = reason;
    this.handler.onTrouble(reason);
  }

  private recovered(): void {
    if (this.trouble === undefined) return;
    this.trouble = undefined;
    this.handler.onRecovered();
  }

  private pause(ms: number): Promise<void> {
    const { signal } = this.stopping;
    if (signal.aborted) return Promise.resolve();
    return new Promise(resolve => {
      const end = (): void => {
        timer.cancel();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = this.ports.clock.after(ms, end);
      signal.addEventListener('abort', end);
    });
  }
}

/** Versions are numbers that rise (KEP-5504); 0 for anything else. */
function numberOf(version: string | undefined): number {
  const number = Number(version);
  return Number.isSafeInteger(number) ? number : 0;
}

function versionOf({ metadata }: ClusterObject, before: string | undefined): string | undefined {
  return metadata.resourceVersion ?? before;
}
