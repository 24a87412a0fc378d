// SPDX-License-Identifier: Apache-2.0
import type { Backend, InboundPort, Resource, ResourceName, Transaction, Workload } from '@weir/policy/snapshot';
import type { Rejection } from '@weir/proxy';
import { localBackends, localNames } from './local-resources.ts';
import type { LocalPlaces } from './local-resources.ts';

export interface SidecarFeedParts {
  /** Where the application listens, now. */
  readonly local: () => LocalPlaces;
  /** Names of the workloads that the sidecar stands beside. */
  readonly own: ReadonlySet<ResourceName>;
  /** Whether ports that a workload has no longer are served until `forgetOldPorts`. */
  readonly keepsOldPorts: boolean;
  /** Gives a transaction to the engine; resolves when it serves. */
  push(transaction: Transaction): Promise<readonly Rejection[]>;
}

/** What a control plane sends and what the sidecar knows itself, on their way to one engine, which sees versions of its own. */
export class SidecarFeed {
  private readonly parts: SidecarFeedParts;
  /** Backends that were made of a workload, by its name. */
  private readonly made = new Map<ResourceName, readonly Backend[]>();
  /** Of what they were made, as the engine has them: so they can be made anew where the application listens elsewhere. */
  private readonly workloads = new Map<ResourceName, Workload>();
  /** Workloads beside which others stand, asked for by their addresses. The engine would take them for its own. */
  private readonly others = new Map<ResourceName, Workload>();
  /** Numbers of ports, by workload. */
  private readonly oldPorts = new Map<ResourceName, readonly number[]>();
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
    const upserts = sentUpserts.filter(resource => !this.isOfOthers(resource)).map(resource => this.withOldPorts(resource));
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
      this.oldPorts.delete(name);
    }
    for (const resource of upserts) {
      if (resource.kind !== 'workload') continue;
      const backends = this.backendsOf(resource);
      drop(resource.name);
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

  /** Nobody calls at ports any more that workloads have no longer. */
  async forgetOldPorts(): Promise<void> {
    const upserts: Workload[] = [];
    for (const [name, old] of this.oldPorts) {
      const workload = this.workloads.get(name);
      if (workload !== undefined) upserts.push({ ...workload, ports: workload.ports.filter(({ port }) => !old.includes(port)) });
      this.workloads.delete(name);
    }
    this.oldPorts.clear();
    if (upserts.length > 0) await this.take({ upserts, removes: [] });
  }

  /** Callers hear later than this sidecar that a port has moved: what they find at the old one is what is at the new one. */
  private withOldPorts(resource: Resource): Resource {
    if (resource.kind !== 'workload' || !this.parts.keepsOldPorts) return resource;
    const numbers = new Set(resource.ports.map(({ port }) => port));
    const before = this.workloads.get(resource.name)?.ports ?? [];
    const old = before.filter(({ port }) => !numbers.has(port)).flatMap(port => movedPort(port, resource));
    if (old.length === 0) return resource;
    this.oldPorts.set(
      resource.name,
      old.map(({ port }) => port),
    );
    return { ...resource, ports: [...resource.ports, ...old] };
  }

  /**
   * Where a port moves, word of it comes from the control plane and from who runs the sidecar, in either order: in between calls go where
   * they went.
   */
  private backendsOf(workload: Workload): readonly Backend[] {
    const backends = localBackends(workload, this.parts.local());
    const bound = new Set(backends.map(({ name }) => name));
    const served = new Set(localNames(workload));
    const before = this.made.get(workload.name) ?? [];
    return [...backends, ...before.filter(({ name }) => served.has(name) && !bound.has(name))];
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

/** The port under its old number, where one of its Services is still served. */
function movedPort({ port, services }: InboundPort, { ports }: Workload): readonly InboundPort[] {
  const listeners = new Set(services.map(({ listener }) => listener));
  const now = ports.find(each => each.services.some(({ listener }) => listeners.has(listener)));
  return now === undefined ? [] : [{ ...now, port }];
}
