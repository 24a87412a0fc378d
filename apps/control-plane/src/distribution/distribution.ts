// SPDX-License-Identifier: Apache-2.0
import type { TrustBundle } from '@weir/identity';
import { DEFAULT_TRUST_DOMAIN } from '@weir/identity';
import type { Problem } from '@weir/base';
import { MESH_TRUST } from '@weir/policy/snapshot';
import type { Resource, Transaction, TrustBundle as TrustResource } from '@weir/policy/snapshot';
import { countedRevision } from '@weir/sync/messages';
import type { Revision } from '@weir/sync/messages';
import type { SyncServer } from '@weir/sync/server';
import type { SourcePositions } from '../control-plane-options.ts';

export interface DistributionParts {
  readonly sync: SyncServer;
  /** Larger than that of every earlier process. */
  readonly epoch: number;
  readonly trustDomain: string;
}

/** The one way of anything to proxies: what documents came to, and whom the mesh believes, in revisions that rise. */
export class Distribution {
  private readonly parts: DistributionParts;
  private count = 0;
  private positions: SourcePositions | undefined;
  private trusted = 0;
  /** Of the documents; undefined where they have no mesh. */
  private wantedDomain: string | undefined;

  constructor(parts: DistributionParts) {
    this.parts = parts;
  }

  /** From now on, revisions say how far these were read. */
  follow(positions: SourcePositions | undefined): void {
    this.positions = positions;
  }

  /** The first one opens the stream: it has the bundle with it, so that no proxy is ready without. */
  begin(transaction: Transaction, bundle: TrustBundle): void {
    this.trusted = bundle.sequence;
    this.give([...this.ownDomain(transaction.upserts), trustResource(bundle)], transaction.removes);
  }

  /** What changed of the documents; where nothing did, it only says how far they were read. */
  change({ upserts, removes }: Transaction): void {
    if (upserts.length + removes.length > 0) this.give(this.ownDomain(upserts), removes);
    else this.advance();
  }

  trust(bundle: TrustBundle): void {
    this.trusted = bundle.sequence;
    this.give([trustResource(bundle)], []);
  }

  /** The documents name a trust domain in which nobody is certified. */
  get problems(): readonly Problem[] {
    const { wantedDomain, parts } = this;
    if (wantedDomain === undefined || wantedDomain === DEFAULT_TRUST_DOMAIN || wantedDomain === parts.trustDomain) return [];
    return [
      {
        severity: 'error',
        code: 'other-trust-domain',
        message: `the mesh's trustDomain is ${JSON.stringify(wantedDomain)}, and this control plane certifies ${JSON.stringify(parts.trustDomain)}, which stays in force`,
        hint: 'a trust domain is for good: write the one that is certified, or begin anew with an empty state directory, and all proxies join again',
      },
    ];
  }

  /** Certificates are of the authority's trust domain whatever a document says: with another one, every peer would be refused. */
  private ownDomain(upserts: readonly Resource[]): readonly Resource[] {
    return upserts.map(resource => {
      if (resource.kind !== 'meshSettings') return resource;
      this.wantedDomain = resource.trustDomain;
      return { ...resource, trustDomain: this.parts.trustDomain };
    });
  }

  private give(upserts: readonly Resource[], removes: Transaction['removes']): void {
    this.count += 1;
    const { sync } = this.parts;
    sync.update({ version: this.count, upserts, removes }, this.revision(this.positions?.known));
    this.advance();
  }

  /** Says how far was read. Not before all of that is with the stream. */
  advance(): void {
    if (this.positions !== undefined) this.parts.sync.advance(this.revision(this.positions.read));
  }

  /** Replicas that read the same sources count neither alike nor at the same pace. */
  private revision(positions: Revision['positions'] | undefined): Revision {
    const { epoch } = this.parts;
    if (positions === undefined) return countedRevision(epoch, this.count);
    return { epoch, positions: { ...positions, trust: this.trusted } };
  }
}

function trustResource({ rootsPem, trustDomain, sequence, issuingRoot }: TrustBundle): TrustResource {
  return { kind: 'trustBundle', name: MESH_TRUST, authoritiesPem: rootsPem, mesh: { trustDomain, sequence, issuingRoot } };
}
