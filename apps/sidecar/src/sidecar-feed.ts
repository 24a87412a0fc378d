// SPDX-License-Identifier: Apache-2.0
import type { Backend, Resource, ResourceName, Transaction, Workload } from '@weir/policy/snapshot';
import type { Rejection } from '@weir/proxy';
import { localBackends } from './local-resources.ts';
import type { LocalPlaces } from './local-resources.ts';

export interface SidecarFeedParts {
  /** Where the application listens, now. */
  readonly local: () => LocalPlaces;
  /** Names of the workloads that the sidecar stands beside. */
  readonly own: ReadonlySet<ResourceName>;
  /** Gives a transaction to the engine; resolves when it serves. */
  push(transaction: Transaction): Promise<readonly Rejection[]>;
}

/** What a control plane sends and what the sidecar knows itself, on their way to one engine, which sees versions of its own. */
export class SidecarFeed {
  private readonly parts: SidecarFeedParts;
  /** Backends that were made of a workload, by its name. */
  private readonly made = new Map<ResourceName, readonly Backend[]>();
  /** Of what they were made, so that they can be made anew where the application listens elsewhere. */
  private readonly workloads = new Map<ResourceName, Workload>();
  /** Workloads beside which others stand, asked for by their addresses. The engine would take them for its own. */
  private readonly others = new Map<ResourceName, Workload>();
  private version = 0;

  constructor(parts: SidecarFeedParts) {
    this.parts = parts;
  }

  /** Whether the workload is known, and so what it serves. */
  knows(workload: ResourceName): boolean {
    return this.made.has(workload);
  }

  /** A workload that was asked for by its address; undefined = none is known there. */
  workloadAt(address: string): Workload | undefined {
    for (const workload of this.others.values()) if (workload.address === address) return workload;
    return undefined;
  }

  /** Of a control plane: all of it or, where something of it cannot be run, nothing. */
  async take({ upserts: sentUpserts, removes }: Pick<Transaction, 'removes' | 'upserts'>): Promise<readonly Rejection[]> {
    const upserts = sentUpserts.filter(resource => !this.isOfOthers(resource));
    const additions: Resource[] = [];
    const gone = new Set<ResourceName>();
    const drop = (workload: ResourceName): void => {
      for (const { name } of this.made.get(workload) ?? []) gone.add(name);
      this.made.delete(workload);
      this.workloads.delete(workload);
    };
    for (const name of removes) {
      drop(name);
      this.others.delete(name);
    }
    for (const resource of upserts) {
      if (resource.kind !== 'workload') continue;
      drop(resource.name);
      const backends = localBackends(resource, this.parts.local());
      this.made.set(resource.name, backends);
      this.workloads.set(resource.name, resource);
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

  /** What is served is led to where the application listens now. */
  rebind(): Promise<readonly Rejection[]> {
    return this.take({ upserts: [...this.workloads.values()], removes: [] });
  }

  private isOfOthers(resource: Resource): boolean {
    if (resource.kind !== 'workload' || this.parts.own.has(resource.name)) return false;
    this.others.set(resource.name, resource);
    return true;
  }

  /** Of the sidecar itself. */
  give(upserts: readonly Resource[], removes: readonly ResourceName[] = []): Promise<readonly Rejection[]> {
    return this.parts.push({ version: ++this.version, upserts, removes });
  }
}
