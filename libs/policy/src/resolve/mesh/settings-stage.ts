// SPDX-License-Identifier: Apache-2.0
import { documentOf } from '../inventory/document-of.ts';
import { changedKeys } from '../inventory/inventory.ts';
import type { Inventory, InventoryChange } from '../inventory/inventory.ts';
import { TrackedLookup } from '../inventory/tracked-lookup.ts';
import { DEFAULT_PARAMETERS } from './mesh-parameters.ts';
import type { MeshParameters } from './mesh-parameters.ts';
import { isOurMesh, resolveMesh } from './resolve-mesh.ts';
import type { MeshDocument, ResolvedMesh } from './resolve-mesh.ts';
import { WorkloadRanges } from './workload-ranges.ts';

const KIND = 'XMesh';

/** Resolves XMeshes. There are few, and what holds is what the oldest says, so that all are resolved together. */
export class SettingsStage {
  /** By `/name`; only those of ours. */
  readonly meshes = new Map<string, ResolvedMesh>();
  parameters: MeshParameters = DEFAULT_PARAMETERS;
  private topics: ReadonlySet<string> = new Set();
  private readonly found = new WorkloadRanges();
  private readonly inventory: Inventory;

  constructor(inventory: Inventory) {
    this.inventory = inventory;
  }

  /** Keys of the XMeshes that were resolved again. */
  renew(change: InventoryChange): ReadonlySet<string> {
    const hasMoved = this.found.apply(change);
    const isTouched =
      hasMoved || changedKeys(change, KIND).length > 0 || [...this.topics].some(topic => change.topics.has(topic));
    if (!isTouched) return new Set();
    const before = [...this.meshes.keys()];
    this.meshes.clear();
    const lookup = new TrackedLookup(this.inventory);
    const ours = this.ourDocuments();
    const [winner] = ours;
    for (const document of ours) this.meshes.set(`/${document.name}`, resolveMesh(document, winner ?? document, lookup));
    const said = winner === undefined ? DEFAULT_PARAMETERS : this.meshes.get(`/${winner.name}`)!.parameters;
    this.parameters = said.ranges.length > 0 ? said : { ...said, ranges: this.found.ranges };
    this.topics = lookup.topics;
    return new Set([...before, ...this.meshes.keys()]);
  }

  /** The oldest first, then by name. */
  private ourDocuments(): readonly MeshDocument[] {
    const all = [...this.inventory.ofKind(KIND).values()].flatMap(document => documentOf(KIND, document) ?? []);
    return all.filter(isOurMesh).sort((left, right) => left.createdMs - right.createdMs || (left.name < right.name ? -1 : 1));
  }
}
