// SPDX-License-Identifier: Apache-2.0
import type { Backend, Resource, ResourceName, Transaction } from '@weir/policy/snapshot';
import type { Rejection } from '@weir/proxy';
import { localBackends } from './local-resources.ts';
import type { LocalPlaces } from './local-resources.ts';

export interface SidecarFeedParts {
  readonly local: LocalPlaces;
  /** Gives a transaction to the engine; resolves when it serves. */
  push(transaction: Transaction): Promise<readonly Rejection[]>;
}

/** What a control plane sends and what the sidecar knows itself, on their way to one engine, which sees versions of its own. */
export class SidecarFeed {
  private readonly parts: SidecarFeedParts;
  /** Backends that were made of a workload, by its name. */
  private readonly made = new Map<ResourceName, readonly Backend[]>();
  private version = 0;

  constructor(parts: SidecarFeedParts) {
    this.parts = parts;
  }

  /** Whether the workload is known, and so what it serves. */
  knows(workload: ResourceName): boolean {
    return this.made.has(workload);
  }

  /** Of a control plane: all of it or, where something of it cannot be run, nothing. */
  async take({ upserts, removes }: Pick<Transaction, 'removes' | 'upserts'>): Promise<readonly Rejection[]> {
    const additions: Resource[] = [];
    const gone = new Set<ResourceName>();
    const drop = (workload: ResourceName): void => {
      for (const { name } of this.made.get(workload) ?? []) gone.add(name);
      this.made.delete(workload);
    };
    for (const name of removes) drop(name);
    for (const resource of upserts) {
      if (resource.kind !== 'workload') continue;
      drop(resource.name);
      const backends = localBackends(resource, this.parts.local);
      this.made.set(resource.name, backends);
      additions.push(...backends);
    }
    for (const { name } of additions) gone.delete(name);
    const sent = new Set([...upserts, ...additions].map(({ name }) => name));
    const rejections = await this.parts.push({
      version: ++this.version,
      upserts: [...upserts, ...additions],
      removes: [...removes, ...gone],
      isWhole: true,
    });
    // The pool also names what it has refused before.
    return rejections.filter(({ resource }) => sent.has(resource));
  }

  /** Of the sidecar itself. */
  give(upserts: readonly Resource[], removes: readonly ResourceName[] = []): Promise<readonly Rejection[]> {
    return this.parts.push({ version: ++this.version, upserts, removes });
  }
}
