// SPDX-License-Identifier: Apache-2.0
import { requestedSidecar } from '@weir/policy/compile';
import type { RequestedSidecar } from '@weir/policy/compile';
import type { Document } from '@weir/policy/documents';
import type { Snapshot } from '@weir/policy/snapshot';

export interface WantedNow {
  /** By `namespace/name` of the EndpointSlice. */
  readonly sidecars: ReadonlyMap<string, RequestedSidecar>;
  /** Why some are not among them, for people; each is told once. */
  readonly notes: readonly string[];
}

/** Which sidecars documents ask for, from one version of them to the next. */
export class WantedSidecars {
  private sidecars: ReadonlyMap<string, RequestedSidecar> = new Map();
  private told: ReadonlySet<string> = new Set();

  /** A request that cannot be read leaves the sidecar as it was; it is a problem of the documents, which tells about it. */
  update(documents: ReadonlyMap<string, Document>, snapshot: Pick<Snapshot, 'resources'>): WantedNow {
    const sidecars = new Map<string, RequestedSidecar>();
    const waiting = new Set<string>();
    for (const document of documents.values()) {
      const sidecar = this.wantedFor(document);
      if (sidecar === undefined) continue;
      const obstacle = obstacleOf(sidecar, snapshot);
      if (obstacle === undefined) sidecars.set(sidecar.key, sidecar);
      else waiting.add(obstacle);
    }
    const notes = [...waiting].filter(text => !this.told.has(text));
    this.sidecars = sidecars;
    this.told = waiting;
    return { sidecars, notes };
  }

  private wantedFor(document: Document): RequestedSidecar | undefined {
    const { sidecar, issues } = requestedSidecar(document);
    if (sidecar !== undefined || issues.length === 0) return sidecar;
    return this.sidecars.get(`${document.namespace}/${document.name}`);
  }
}

/** A sidecar that nobody can call has nothing to serve, and so would wait for ever. */
function obstacleOf(
  { key, identity, inbound }: RequestedSidecar,
  { resources }: Pick<Snapshot, 'resources'>,
): string | undefined {
  const unserved = inbound.find(({ listen: { address, port } }) => {
    const workload = resources.get(`workload/${identity}/${address}`);
    return workload?.kind !== 'workload' || workload.ports.every(served => served.port !== port);
  });
  if (unserved === undefined) return undefined;
  const { address, port } = unserved.listen;
  return `no sidecar runs for EndpointSlice ${key} yet: no Service leads to ${address}:${port}; its label kubernetes.io/service-name has to name a Service of its namespace that has this port`;
}
