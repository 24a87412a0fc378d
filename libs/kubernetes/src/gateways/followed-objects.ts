// SPDX-License-Identifier: Apache-2.0
import type { Clock, Random } from '@weir/base';
import type { ApiResource, ClusterObject, ClusterReader } from '../api/cluster-api.ts';
import { Reflector } from '../watch/reflector.ts';
import { DEPLOYMENTS, SERVICES } from '../write/builtin-resources.ts';
import type { SeenObjects } from './gateway-facts.ts';
import { GATEWAY_OBJECTS_SELECTOR } from './gateway-labels.ts';

export interface FollowedObjectsOptions {
  readonly reader: ClusterReader;
  readonly clock: Clock;
  readonly random: Random;
  /** An object is there, or is another one. */
  readonly onThere: (object: ClusterObject) => void;
  readonly onGone: (object: ClusterObject) => void;
  readonly onNote: (text: string) => void;
}

/** The Deployments and Services that are Weir's for Gateways, followed. */
export class FollowedObjects {
  private readonly options: FollowedObjectsOptions;
  /** By kind, then by `namespace/name`. */
  private readonly seen = new Map<string, Map<string, ClusterObject>>();

  constructor(options: FollowedObjectsOptions) {
    this.options = options;
  }

  /** Follows them until `signal` aborts; resolves when all were listed once. */
  async follow(signal: AbortSignal): Promise<void> {
    await Promise.all([DEPLOYMENTS, SERVICES].map(resource => this.followKind(resource, signal)));
  }

  of(namespace: string, name: string): SeenObjects {
    const key = `${namespace}/${name}`;
    return { deployment: this.seen.get('Deployment')?.get(key), service: this.seen.get('Service')?.get(key) };
  }

  all(): readonly ClusterObject[] {
    return [...this.seen.values()].flatMap(objects => [...objects.values()]);
  }

  private followKind(resource: ApiResource, signal: AbortSignal): Promise<void> {
    const { kind, plural } = resource;
    const { onThere, onGone, onNote } = this.options;
    const objects = new Map<string, ClusterObject>();
    this.seen.set(kind, objects);
    return new Promise(resolve => {
      const reflector = new Reflector({ ...resource, labelSelector: GATEWAY_OBJECTS_SELECTOR }, this.options, {
        onListed: listed => {
          const gone = new Map(objects);
          for (const object of listed) {
            gone.delete(keyOf(object));
            objects.set(keyOf(object), object);
          }
          for (const key of gone.keys()) objects.delete(key);
          for (const object of listed) onThere(object);
          for (const object of gone.values()) onGone(object);
          resolve();
        },
        onChanged: object => {
          objects.set(keyOf(object), object);
          onThere(object);
        },
        onRemoved: object => {
          objects.delete(keyOf(object));
          onGone(object);
        },
        onBookmark: () => undefined,
        onTrouble: reason => onNote(`${plural} of Gateways cannot be followed, and are tried again: ${reason}`),
        onRecovered: () => onNote(`${plural} of Gateways are followed again`),
      });
      signal.addEventListener('abort', () => {
        reflector.stop();
        resolve();
      });
      void reflector.run();
    });
  }
}

function keyOf({ metadata: { namespace = '', name } }: ClusterObject): string {
  return `${namespace}/${name}`;
}
