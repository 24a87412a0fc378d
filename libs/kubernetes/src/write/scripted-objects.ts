// SPDX-License-Identifier: Apache-2.0
import { ApiError } from '../api/cluster-api.ts';
import type { ApiResource, ClusterObject } from '../api/cluster-api.ts';
import type { ObjectPlace, ObjectWriter, WrittenObject } from './object-writer.ts';

/** Objects of an API server, without a network: versions rise with each write, and who writes over what it has not seen gets a conflict. */
export class ScriptedObjects implements ObjectWriter {
  /** What was asked, in order: `applyStatus HTTPRoute/shop/cart`. */
  readonly asked: string[] = [];
  /** Called before a request takes effect; throws to make it fail, or returns a promise to delay it. */
  before: (request: string) => Promise<void> | void = () => undefined;
  /** Called when a request has taken effect; throws to lose its answer. */
  after: (request: string) => Promise<void> | void = () => undefined;
  private version = 0;
  private readonly objects = new Map<string, ClusterObject>();

  /** As somebody else would write it. */
  put(place: ObjectPlace, object: object = {}): ClusterObject {
    return this.store(place, { ...headerOf(place), ...this.find(place), ...object });
  }

  find(place: ObjectPlace): ClusterObject | undefined {
    return this.objects.get(keyOf(place));
  }

  /** All of a kind. */
  all({ kind }: ApiResource): readonly ClusterObject[] {
    return [...this.objects].flatMap(([key, object]) => (key.startsWith(`${kind}/`) ? object : []));
  }

  /** Without what reads. */
  get written(): readonly string[] {
    return this.asked.filter(request => !request.startsWith('get '));
  }

  get(place: ObjectPlace, signal: AbortSignal): Promise<ClusterObject | undefined> {
    return this.run(`get ${keyOf(place)}`, signal, () => this.find(place));
  }

  apply(place: ObjectPlace, object: WrittenObject, signal: AbortSignal): Promise<ClusterObject> {
    return this.run(`apply ${keyOf(place)}`, signal, () => {
      this.refuseStale(place, object);
      return this.store(place, { ...this.find(place), ...object });
    });
  }

  applyStatus(place: ObjectPlace, { status, ...object }: WrittenObject, signal: AbortSignal): Promise<ClusterObject> {
    return this.run(`applyStatus ${keyOf(place)}`, signal, () => {
      if (this.find(place) === undefined) throw new ApiError(404, { reason: 'NotFound', message: 'not found' });
      this.refuseStale(place, object);
      return this.store(place, { ...this.find(place), status });
    });
  }

  create(place: ObjectPlace, object: WrittenObject, signal: AbortSignal): Promise<ClusterObject> {
    return this.run(`create ${keyOf(place)}`, signal, () => {
      if (this.find(place) !== undefined) throw conflict('AlreadyExists');
      return this.store(place, object);
    });
  }

  replace(place: ObjectPlace, object: WrittenObject, signal: AbortSignal): Promise<ClusterObject> {
    return this.run(`replace ${keyOf(place)}`, signal, () => {
      if (this.find(place) === undefined) throw new ApiError(404, { reason: 'NotFound', message: 'not found' });
      this.refuseStale(place, object);
      return this.store(place, object);
    });
  }

  remove(place: ObjectPlace, signal: AbortSignal): Promise<void> {
    return this.run(`remove ${keyOf(place)}`, signal, () => void this.objects.delete(keyOf(place)));
  }

  private async run<Value>(request: string, signal: AbortSignal, act: () => Value): Promise<Value> {
    this.asked.push(request);
    await Promise.resolve();
    signal.throwIfAborted();
    await this.before(request);
    signal.throwIfAborted();
    const value = act();
    await this.after(request);
    return value;
  }

  private refuseStale(place: ObjectPlace, { metadata: { resourceVersion } }: Pick<WrittenObject, 'metadata'>): void {
    if (resourceVersion !== undefined && resourceVersion !== this.find(place)?.metadata.resourceVersion) {
      throw conflict('Conflict');
    }
  }

  private store(place: ObjectPlace, object: object): ClusterObject {
    this.version += 1;
    const known = this.find(place)?.metadata;
    const { metadata = {}, ...rest } = object as { metadata?: object };
    const { name, namespace } = place;
    const stored = {
      ...rest,
      metadata: { uid: `uid-${this.version}`, ...known, ...metadata, name, namespace, resourceVersion: String(this.version) },
    } as unknown as ClusterObject;
    this.objects.set(keyOf(place), stored);
    return stored;
  }
}

function headerOf({ resource: { group, version, kind } }: ObjectPlace): { readonly apiVersion: string; readonly kind: string } {
  return { apiVersion: group === '' ? version : `${group}/${version}`, kind };
}

function keyOf({ resource, namespace, name }: ObjectPlace): string {
  return `${resource.kind}/${namespace}/${name}`;
}

function conflict(reason: string): ApiError {
  return new ApiError(409, { reason, message: 'the API server answers 409: somebody was quicker' });
}
