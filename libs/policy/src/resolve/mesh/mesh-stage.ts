// SPDX-License-Identifier: Apache-2.0
import { ResultTable } from '../incremental/result-table.ts';
import { documentOf } from '../inventory/document-of.ts';
import { changedKeys } from '../inventory/inventory.ts';
import type { Inventory, InventoryChange } from '../inventory/inventory.ts';
import { TrackedLookup } from '../inventory/tracked-lookup.ts';
import type { PolicyIndex } from '../policy/policy-index.ts';
import type { RouteChange } from '../route/route-stage.ts';
import { LeadingGateways } from './leading-gateways.ts';
import type { OwnGateways } from './leading-gateways.ts';
import { MeshRoutes } from './mesh-routes.ts';
import { resolveMeshService } from './mesh-service.ts';
import type { ResolvedMeshService } from './mesh-service.ts';
import type { MeshSwitch } from './mesh-switch.ts';
import { WorkloadIndex, workloadsOfPod, workloadsOfService } from './workload-index.ts';
import type { ResolvedWorkload } from './workload-index.ts';

const KIND = 'Service';
const POD = 'Pod';

/** A Service that was resolved again, with what it was before. */
export interface MeshServiceChange {
  readonly before: ResolvedMeshService | undefined;
  readonly after: ResolvedMeshService | undefined;
}

export interface MeshChanges {
  /** By `namespace/service`. */
  readonly services: ReadonlyMap<string, MeshServiceChange>;
  /** Keys of workloads. */
  readonly workloads: ReadonlySet<string>;
}

export interface MeshSources {
  readonly policies: PolicyIndex;
  readonly mesh: MeshSwitch;
  /** Live; undefined = one proxy serves all Gateways. */
  readonly gateways: OwnGateways | undefined;
}

/** Resolves Services as the mesh knows them, each by itself; without a mesh there are none. */
export class MeshStage {
  private readonly table = new ResultTable<ResolvedMeshService>();
  private readonly pods = new ResultTable<ReadonlyMap<string, ResolvedWorkload>>();
  private readonly index = new WorkloadIndex();
  private readonly routes = new MeshRoutes();
  private readonly leading: LeadingGateways | undefined;
  private wasOn = false;
  private readonly inventory: Inventory;
  private readonly sources: MeshSources;

  constructor(inventory: Inventory, sources: MeshSources) {
    this.inventory = inventory;
    this.sources = sources;
    this.leading = sources.gateways && new LeadingGateways(sources.gateways);
  }

  /** By `namespace/service`. */
  get services(): ReadonlyMap<string, ResolvedMeshService> {
    return this.table.values;
  }

  /** By `NAMESPACE/SERVICE-ACCOUNT/ADDRESS`. */
  get workloads(): ReadonlyMap<string, ResolvedWorkload> {
    return this.index.workloads;
  }

  /** `topics`: of what other stages have found anew. */
  renew(change: InventoryChange, topics: readonly string[], routes: ReadonlyMap<string, RouteChange>): MeshChanges {
    const touched = this.routes.apply(routes).union(this.leading?.apply(routes.values()) ?? new Set<string>());
    const services = new Map<string, MeshServiceChange>();
    const workloads = new Set<string>();
    for (const key of this.dirtyKeys(change, topics, touched)) {
      const before = this.services.get(key);
      this.renewService(key);
      const after = this.services.get(key);
      if (before === undefined && after === undefined) continue;
      services.set(key, { before, after });
      for (const workload of this.index.replace(`${KIND}/${key}`, workloadsOfService(after))) workloads.add(workload);
    }
    for (const key of this.dirtyPods(change, topics)) {
      for (const workload of this.renewPod(key)) workloads.add(workload);
    }
    return { services, workloads };
  }

  private dirtyKeys(change: InventoryChange, topics: readonly string[], touched: ReadonlySet<string>): Iterable<string> {
    const { isOn } = this.sources.mesh;
    const { wasOn } = this;
    this.wasOn = isOn;
    if (!isOn) return [...this.services.keys()];
    if (!wasOn) return this.inventory.ofKind(KIND).keys();
    const dirty = this.table.keysReading([...change.topics, ...topics]);
    for (const key of [...changedKeys(change, KIND), ...touched]) dirty.add(key);
    return dirty;
  }

  private renewService(key: string): void {
    const { mesh, policies } = this.sources;
    const document = mesh.isOn ? documentOf(KIND, this.inventory.ofKind(KIND).get(key)) : undefined;
    if (document === undefined) {
      this.table.forget(key);
      return;
    }
    const lookup = new TrackedLookup(this.inventory, { mesh, policies });
    const ways = { routes: this.routes.of(key), leading: this.leading };
    this.table.renew(key, { value: resolveMeshService(document, lookup, ways), topics: lookup.topics });
  }

  private dirtyPods(change: InventoryChange, topics: readonly string[]): Iterable<string> {
    const dirty = this.pods.keysReading([...change.topics, ...topics]);
    for (const key of changedKeys(change, POD)) dirty.add(key);
    return dirty;
  }

  /** Keys of workloads that are others than before. */
  private renewPod(key: string): readonly string[] {
    const pod = documentOf(POD, this.inventory.ofKind(POD).get(key));
    const lookup = new TrackedLookup(this.inventory, this.sources);
    const found = pod === undefined ? undefined : workloadsOfPod(pod, lookup);
    if (found === undefined || found.size === 0) this.pods.forget(key);
    else this.pods.renew(key, { value: found, topics: lookup.topics });
    return this.index.replace(`${POD}/${key}`, found ?? new Map());
  }
}
