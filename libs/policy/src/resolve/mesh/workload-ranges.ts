// SPDX-License-Identifier: Apache-2.0
import type { Document } from '../../documents/index.ts';
import { documentKey } from '../../documents/index.ts';
import { UseCounts } from '../incremental/use-counts.ts';
import type { InventoryChange } from '../inventory/inventory.ts';
import { joinRanges, neighbourhoodOf } from './join-ranges.ts';
import { addressesOfPod, identityOfPod, isLivePod } from './meshed-pod.ts';

/**
 * Where the workloads of a cluster are: what its Nodes give their Pods, and what is around each Pod of the mesh, as some networks give Pods
 * addresses that no Node names. A range that is too wide costs whoever calls into it one question to the control plane.
 */
export class WorkloadRanges {
  /** CIDRs, sorted, neighbours joined. */
  ranges: readonly string[] = [];
  private readonly uses = new UseCounts();
  private readonly byDocument = new Map<string, readonly string[]>();

  /** Whether `ranges` may be others. */
  apply({ upserted, removed }: InventoryChange): boolean {
    const fresh = upserted.map(document => this.replace(documentKey(document), cidrsOf(document)));
    const gone = removed.map(document => this.replace(documentKey(document), []));
    if (![...fresh, ...gone].includes(true)) return false;
    this.ranges = joinRanges([...this.byDocument.values()].flat());
    return true;
  }

  private replace(key: string, cidrs: readonly string[]): boolean {
    const before = this.byDocument.get(key) ?? [];
    const isNew = cidrs.map(cidr => this.uses.acquire(cidr)).includes(true);
    for (const cidr of before) this.uses.release(cidr);
    if (cidrs.length === 0) this.byDocument.delete(key);
    else this.byDocument.set(key, cidrs);
    return isNew || before.some(cidr => !this.uses.isUsed(cidr));
  }
}

function cidrsOf(document: Document): readonly string[] {
  if (document.kind === 'Node') {
    const { podCIDRs, podCIDR } = document.spec ?? {};
    return podCIDRs ?? (podCIDR === undefined ? [] : [podCIDR]);
  }
  if (document.kind !== 'Pod' || !isLivePod(document) || identityOfPod(document) === undefined) return [];
  return addressesOfPod(document).map(neighbourhoodOf);
}
