// SPDX-License-Identifier: Apache-2.0
import type { InboundService, MeshMode, MeshProtocol, WorkloadIdentity } from '../../snapshot/index.ts';
import { isEqualContent } from '../incremental/is-equal-content.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import { meshModeOfNamespace } from './mesh-mode.ts';
import type { MeshPlace } from './mesh-names.ts';
import { addressesOfPod, identityOfPod, isLivePod } from './meshed-pod.ts';
import type { PodDocument } from './meshed-pod.ts';
import type { ResolvedMeshService } from './mesh-service.ts';

/** A port of a workload, as one Service leads to it. */
export interface InboundUse {
  /** Of the endpoint. */
  readonly port: number;
  readonly protocol: MeshProtocol;
  readonly mode: MeshMode;
  readonly place: MeshPlace;
  readonly gateways: InboundService['gateways'];
}

/** A workload at an address, with all that leads to it. */
export interface ResolvedWorkload {
  readonly identity: WorkloadIdentity;
  readonly address: string;
  /** `strict`: whatever port is called; `permissive`: as its Services say. */
  readonly mode: MeshMode;
  /** Sorted by Service and port. */
  readonly uses: readonly InboundUse[];
}

/** Who serves where, gathered from Services and Pods: several of them may lead to one workload. */
export class WorkloadIndex {
  /** By `NAMESPACE/SERVICE-ACCOUNT/ADDRESS`. */
  readonly workloads = new Map<string, ResolvedWorkload>();
  private readonly parts = new Map<string, Map<string, ResolvedWorkload>>();
  private readonly byOwner = new Map<string, ReadonlyMap<string, ResolvedWorkload>>();

  /** Keys of the workloads of which something else is true than before. `owner`: the key of a Service or Pod, with its kind. */
  replace(owner: string, gained: ReadonlyMap<string, ResolvedWorkload>): readonly string[] {
    const lost = this.byOwner.get(owner) ?? new Map<string, ResolvedWorkload>();
    const changed = [...new Set([...lost.keys(), ...gained.keys()])].filter(
      workload => !isEqualContent(lost.get(workload), gained.get(workload)),
    );
    for (const workload of changed) this.edit(workload, owner, gained.get(workload));
    if (gained.size === 0) this.byOwner.delete(owner);
    else this.byOwner.set(owner, gained);
    return changed;
  }

  private edit(workload: string, owner: string, part: ResolvedWorkload | undefined): void {
    const parts = this.parts.get(workload) ?? new Map<string, ResolvedWorkload>();
    if (part === undefined) parts.delete(owner);
    else parts.set(owner, part);
    const sorted = [...parts].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, one]) => one);
    const [first] = sorted;
    if (first === undefined) {
      this.parts.delete(workload);
      this.workloads.delete(workload);
      return;
    }
    this.parts.set(workload, parts);
    const mode = sorted.some(one => one.mode === 'strict') ? 'strict' : 'permissive';
    this.workloads.set(workload, { ...first, mode, uses: sorted.flatMap(({ uses }) => uses) });
  }
}

/** What a Pod is by itself, also where no Service leads to it: who is called by its address is to be known. */
export function workloadsOfPod(pod: PodDocument, lookup: Lookup): ReadonlyMap<string, ResolvedWorkload> {
  const identity = isLivePod(pod) ? identityOfPod(pod) : undefined;
  if (identity === undefined) return new Map();
  const mode = meshModeOfNamespace(lookup, pod.namespace);
  return new Map(addressesOfPod(pod).map(address => [`${identity}/${address}`, { identity, address, mode, uses: [] }]));
}

export function workloadsOfService(service: ResolvedMeshService | undefined): ReadonlyMap<string, ResolvedWorkload> {
  const workloads = new Map<string, ResolvedWorkload>();
  for (const { address, identity, ports } of service?.members ?? []) {
    if (service === undefined || identity === undefined || ports.length === 0) continue;
    const uses = ports.map(({ port, servicePort }) => useOf(service, port, servicePort));
    workloads.set(`${identity}/${address}`, { identity, address, mode: 'permissive', uses });
  }
  return workloads;
}

function useOf({ document, mode, ports }: ResolvedMeshService, port: number, servicePort: number): InboundUse {
  const { protocol = 'detect', gateways } = ports.find(one => one.port === servicePort) ?? {};
  const place = { namespace: document.namespace, service: document.name, port: servicePort };
  return { port, protocol, mode, place, gateways };
}
