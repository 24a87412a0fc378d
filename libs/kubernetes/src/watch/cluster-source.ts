// SPDX-License-Identifier: Apache-2.0
import type { Problem, Timer } from '@weir/base';
import { ClusterDocuments } from '../documents/cluster-documents.ts';
import type { ClusterContent } from '../documents/cluster-documents.ts';
import type { ApiResource } from '../api/cluster-api.ts';
import { Reflector } from './reflector.ts';
import type { ReflectorPorts } from './reflector.ts';
import { WATCHED_RESOURCES } from './watched-resources.ts';

export interface ClusterSourceOptions extends ReflectorPorts {
  /** Called with everything whenever documents or problems became different. Must not throw. */
  onChange(content: ClusterContent): void;
  /**
   * Called where nothing became different but how far was read: most of what happens in a cluster is none of Weir's business, such as
   * the statuses that it writes itself. Must not throw.
   */
  onRead?(positions: ClusterContent['positions']): void;
  /** Told what people should know, such as a kind that may not be read. */
  onNote(text: string): void;
}

/** Documents of a cluster, followed. */
export interface ClusterSource {
  /** As they are now. */
  readonly content: ClusterContent;
  /** Stops following; `onChange` is not called any more. */
  close(): Promise<void>;
}

/** One edit of several objects, such as `kubectl apply`, is several events. */
const BURST_MS = 5;

/**
 * Follows the objects of a cluster that Weir reads; resolves when all kinds were listed once. A kind that cannot be listed is waited for:
 * half of a policy must not pass for the whole.
 */
export async function openClusterSource(options: ClusterSourceOptions): Promise<ClusterSource> {
  const source = new FollowedCluster(options);
  await source.begin();
  return source;
}

class FollowedCluster implements ClusterSource {
  private readonly options: ClusterSourceOptions;
  private readonly documents = new ClusterDocuments();
  private readonly reflectors: ReadonlyMap<string, Reflector>;
  /** Kinds that were not listed yet. */
  private readonly awaited = new Set(WATCHED_RESOURCES.map(({ kind }) => kind));
  private readonly troubles = new Map<string, string>();
  private readonly running: Promise<void>[] = [];
  private whenListed: () => void = () => undefined;
  private timer: Timer | undefined;
  private hasOtherTroubles = false;
  private current: ClusterContent | undefined;

  constructor(options: ClusterSourceOptions) {
    this.options = options;
    this.reflectors = new Map(WATCHED_RESOURCES.map(resource => [resource.kind, this.reflectorOf(resource)]));
  }

  get content(): ClusterContent {
    if (this.current === undefined) throw new Error('the cluster was not read yet');
    return this.current;
  }

  begin(): Promise<void> {
    return new Promise(resolve => {
      this.whenListed = resolve;
      for (const reflector of this.reflectors.values()) this.running.push(reflector.run());
    });
  }

  async close(): Promise<void> {
    this.timer?.cancel();
    for (const reflector of this.reflectors.values()) reflector.stop();
    await Promise.all(this.running);
  }

  private reflectorOf(resource: ApiResource): Reflector {
    const { kind, plural, group } = resource;
    const { documents, options, troubles } = this;
    const name = group === '' ? plural : `${plural}.${group}`;
    return new Reflector(resource, options, {
      onListed: objects => {
        documents.replace(kind, objects);
        this.listed(kind);
      },
      onChanged: object => {
        documents.put(object);
        this.touch();
      },
      onRemoved: object => {
        documents.remove(object);
        this.touch();
      },
      onBookmark: () => this.touch(),
      onTrouble: reason => {
        troubles.set(kind, `${name} cannot be followed: ${reason}`);
        this.hasOtherTroubles = true;
        options.onNote(`${name} cannot be followed, and are tried again: ${reason}`);
        this.touch();
      },
      onRecovered: () => {
        troubles.delete(kind);
        this.hasOtherTroubles = true;
        options.onNote(`${name} are followed again`);
        this.touch();
      },
    });
  }

  private listed(kind: string): void {
    this.awaited.delete(kind);
    if (this.current !== undefined) this.touch();
    else if (this.awaited.size === 0) {
      this.current = this.take();
      this.whenListed();
    }
  }

  private touch(): void {
    if (this.current === undefined || this.timer !== undefined) return;
    this.timer = this.options.clock.after(BURST_MS, () => {
      this.timer = undefined;
      this.tell();
    });
  }

  private tell(): void {
    if (this.documents.hasChanged || this.hasOtherTroubles) {
      this.current = this.take();
      this.options.onChange(this.current);
      return;
    }
    const positions = this.positions();
    this.current = { ...this.content, changedKeys: [], removedKeys: [], positions };
    this.options.onRead?.(positions);
  }

  private take(): ClusterContent {
    const content = this.documents.take();
    this.hasOtherTroubles = false;
    const own = [...this.troubles.values()].map((message): Problem => ({
      severity: 'warning',
      code: 'not-followed',
      message,
      hint: HINT,
    }));
    return { ...content, problems: [...content.problems, ...own], positions: this.positions() };
  }

  private positions(): ClusterContent['positions'] {
    const reflectors = [...this.reflectors];
    return {
      known: Object.fromEntries(reflectors.map(([kind, { newest }]) => [kind, newest])),
      read: Object.fromEntries(reflectors.map(([kind, { newest, position }]) => [kind, Math.max(newest, position)])),
    };
  }
}

const HINT = 'what was read before stays in force; see that the API server is there and lets Weir list and watch them';
