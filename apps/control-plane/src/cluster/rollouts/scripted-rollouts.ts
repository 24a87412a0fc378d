// SPDX-License-Identifier: Apache-2.0
import { ApiError } from '@weir/kubernetes';
import type { ClusterObject, ClusterReader, ObjectPlace, ObjectWriter, WrittenObject } from '@weir/kubernetes';

/** Rollouts of an API server, without a network: who writes over what it has not seen gets a conflict. */
export class ScriptedRollouts implements Pick<ClusterReader, 'list'>, Pick<ObjectWriter, 'applyStatus' | 'get'> {
  readonly objects = new Map<string, ClusterObject>();
  /** What was asked: `get shop/cart`. */
  readonly asked: string[] = [];
  /** Called before a request takes effect; throws to make it fail. */
  before: (request: string) => void = () => undefined;
  /** Called when it has; throws to lose its answer. */
  after: (request: string) => void = () => undefined;
  private version = 0;

  /** As somebody else would write it. */
  put(key: string, status: unknown = {}): void {
    this.version += 1;
    const [namespace = '', name = ''] = key.split('/');
    const metadata = { namespace, name, resourceVersion: String(this.version) };
    // As it comes over the network.
    const read = JSON.parse(JSON.stringify(status)) as unknown;
    this.objects.set(key, { apiVersion: 'weir.dev/v1alpha1', kind: 'Rollout', metadata, status: read });
  }

  statusOf(key: string): unknown {
    return this.objects.get(key)?.['status'];
  }

  list(): ReturnType<ClusterReader['list']> {
    return this.run('list', () => ({ items: [...this.objects.values()], resourceVersion: '1', next: undefined }));
  }

  get({ namespace, name }: ObjectPlace): Promise<ClusterObject | undefined> {
    return this.run(`get ${namespace}/${name}`, () => this.objects.get(`${namespace}/${name}`));
  }

  applyStatus(
    { namespace, name }: ObjectPlace,
    { metadata, status }: WrittenObject,
    signal: AbortSignal,
  ): Promise<ClusterObject> {
    const key = `${namespace}/${name}`;
    return this.run(`apply ${key}`, () => {
      signal.throwIfAborted();
      const found = this.objects.get(key);
      if (found === undefined) throw new ApiError(404, { reason: 'NotFound', message: 'not found' });
      if (found.metadata.resourceVersion !== metadata.resourceVersion) {
        throw new ApiError(409, { reason: 'Conflict', message: 'somebody was quicker' });
      }
      this.put(key, status);
      return this.objects.get(key)!;
    });
  }

  private async run<Value>(request: string, act: () => Value): Promise<Value> {
    this.asked.push(request);
    await Promise.resolve();
    this.before(request);
    const value = act();
    this.after(request);
    return value;
  }
}
