// SPDX-License-Identifier: Apache-2.0
import { ApiError } from '../api/cluster-api.ts';
import type { ApiResource, ClusterObject, ClusterReader, ObjectPage, WatchEvent, WatchRequest } from '../api/cluster-api.ts';

interface Logged {
  readonly version: number;
  readonly event: WatchEvent;
}

interface OpenWatch {
  readonly request: WatchRequest;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** One kind of an API server, without a network: versions rise with each change, pages are of one moment, and what is old is forgotten. */
export class ScriptedCluster implements ClusterReader {
  /** How often the first page of a list was asked for. */
  listCount = 0;
  /** Of how many objects a page was to be at most, for each that was asked for. */
  readonly limits: number[] = [];
  /** The next requests fail with it, until it is taken away. */
  failure: Error | undefined;
  private version = 1;
  private oldest = 1;
  private readonly objects = new Map<string, ClusterObject>();
  private log: Logged[] = [];
  private readonly watches = new Set<OpenWatch>();
  private readonly pages = new Map<string, readonly ClusterObject[]>();
  private readonly pageSize: number;

  constructor(pageSize = 2) {
    this.pageSize = pageSize;
  }

  get watchCount(): number {
    return this.watches.size;
  }

  /** As they are now, by name. */
  get names(): readonly string[] {
    return [...this.objects.keys()].sort();
  }

  put(name: string, labels: Readonly<Record<string, string>> = {}): void {
    this.putObject({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'shop', labels } });
  }

  putObject(given: ClusterObject): void {
    this.version += 1;
    const object = { ...given, metadata: { ...given.metadata, resourceVersion: String(this.version) } };
    this.objects.set(given.metadata.name, object);
    this.tell({ kind: 'changed', object });
  }

  remove(name: string): void {
    const object = this.objects.get(name);
    if (object === undefined) return;
    this.version += 1;
    this.objects.delete(name);
    this.tell({
      kind: 'removed',
      object: { ...object, metadata: { ...object.metadata, resourceVersion: String(this.version) } },
    });
  }

  /** Says how far it is; others may have moved the version on meanwhile. */
  bookmark(moreVersions = 0): void {
    this.version += moreVersions;
    this.tell({ kind: 'bookmark', resourceVersion: String(this.version) });
  }

  /** Forgets what has happened: nobody can go on from before. */
  compact(): void {
    this.log = [];
    this.oldest = this.version;
  }

  /** Ends all watches, in order or not. */
  endWatches(reason?: Error): void {
    for (const watch of [...this.watches]) {
      this.watches.delete(watch);
      if (reason === undefined) watch.resolve();
      else watch.reject(reason);
    }
  }

  async list(
    _resource: ApiResource,
    { limit, next }: { readonly limit: number; readonly next: string | undefined },
  ): Promise<ObjectPage> {
    await Promise.resolve();
    this.limits.push(limit);
    if (this.failure !== undefined) throw this.failure;
    if (next === undefined) this.listCount += 1;
    const [version = '', place = '0'] = (next ?? `${this.version}/0`).split('/');
    const all = this.pages.get(version) ?? [...this.objects.values()];
    this.pages.set(version, all);
    const end = Number(place) + this.pageSize;
    return {
      items: all.slice(Number(place), end),
      resourceVersion: version,
      next: end < all.length ? `${version}/${end}` : undefined,
    };
  }

  async watch(_resource: ApiResource, request: WatchRequest): Promise<void> {
    await Promise.resolve();
    if (this.failure !== undefined) throw this.failure;
    const from = Number(request.resourceVersion);
    if (from < this.oldest) throw new ApiError(410, { reason: 'Expired', message: 'too old resource version' });
    for (const { version, event } of this.log) if (version > from) request.onEvent(event);
    await new Promise<void>((resolve, reject) => {
      this.watches.add({ request, resolve, reject });
      request.signal.addEventListener('abort', () => this.endWatches(new Error('aborted')));
    });
  }

  private tell(event: WatchEvent): void {
    this.log.push({ version: this.version, event });
    for (const { request } of this.watches) request.onEvent(event);
  }
}
