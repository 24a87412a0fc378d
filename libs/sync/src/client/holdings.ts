// SPDX-License-Identifier: Apache-2.0
import { referencesOf } from '@weir/policy/snapshot';
import type { Resource, ResourceName, Transaction } from '@weir/policy/snapshot';
import { openEnvelope } from '../contract/envelope.ts';
import type { Envelope, Opened, ResourceVersion } from '../contract/envelope.ts';
import { addChecksums, checksumOf, subtractChecksums } from '../messages/checksum.ts';
import type { Push, VersionRejection } from '../messages/protocol.ts';
import { partsOf } from './parts.ts';

/** A resource that stays at its previous version, and why. */
export interface Rejection {
  readonly resource: ResourceName;
  readonly reason: string;
}

interface Held {
  readonly envelope: Envelope;
  readonly resource: Resource;
}

interface Wanted {
  readonly envelope: Envelope;
  readonly opened: Opened;
}

/** A step from what runs towards what the control plane wants. */
export interface Step {
  readonly upserts: readonly Held[];
  readonly removes: readonly ResourceName[];
}

/**
 * What runs, and what the control plane wants to run. Where the two differ and a part of it cannot be taken, that part stays whole at
 * what it was: everything whose effect depends on both. Where nothing of it ran before, what refers to the refused refers to nothing,
 * and refuses.
 */
export class Holdings {
  readonly applied = new Map<ResourceName, Held>();
  private readonly wanted = new Map<ResourceName, Wanted>();
  /** Versions that did not run when they were tried. */
  private readonly refused = new Map<ResourceName, { readonly version: ResourceVersion; readonly reason: string }>();
  /** Names of which what runs is not what is wanted. */
  private readonly differing = new Set<ResourceName>();
  private keptBack: ReadonlyMap<ResourceName, ResourceName> = new Map();
  private sum = 0;

  /** Over all that the control plane wants. */
  get checksum(): number {
    return this.sum;
  }

  /** Begins anew from what the control plane is told: all that runs, or nothing. What was refused is tried again. */
  present(isKnown: boolean): ReadonlyMap<ResourceName, ResourceVersion> {
    this.wanted.clear();
    this.differing.clear();
    for (const name of this.applied.keys()) this.differing.add(name);
    this.refused.clear();
    this.keptBack = new Map();
    this.sum = 0;
    if (isKnown) {
      for (const { envelope, resource } of this.applied.values()) this.want(envelope, { isReadable: true, resource });
    }
    return new Map([...this.wanted].map(([name, { envelope }]) => [name, envelope.version]));
  }

  take({ upserts, removes }: Pick<Push, 'removes' | 'upserts'>): void {
    for (const name of removes) this.unwant(name);
    for (const envelope of upserts) this.want(envelope, openEnvelope(envelope));
  }

  /** What can be taken of what is wanted. */
  nextStep(): Step {
    const changed = [...this.differing];
    const culprits = changed.filter(name => this.reasonAgainst(name) !== undefined);
    const held = culprits.length === 0 ? new Map<ResourceName, ResourceName>() : this.heldBack(changed, culprits);
    this.keptBack = held;
    const taken = changed.filter(name => !held.has(name) && this.reasonAgainst(name) === undefined);
    return {
      upserts: taken.flatMap(name => this.readable(name)),
      removes: taken.filter(name => !this.wanted.has(name)),
    };
  }

  /** Notes that a step did not run because of these resources, at their wanted versions. */
  refuse(step: Step, rejections: readonly Rejection[]): void {
    const names = new Set(step.upserts.map(({ resource }) => resource.name));
    const known = rejections.filter(({ resource }) => names.has(resource));
    // Whatever is named otherwise, the step does not run: without this it would be tried for ever.
    const reason = rejections[0]?.reason ?? 'refused';
    const all = known.length > 0 ? known : [...names].map(resource => ({ resource, reason }));
    for (const { resource, reason: why } of all) {
      const version = this.wanted.get(resource)?.envelope.version;
      if (version !== undefined) this.refused.set(resource, { version, reason: why });
    }
  }

  commit({ upserts, removes }: Step): void {
    for (const name of removes) {
      this.applied.delete(name);
      this.compare(name);
    }
    for (const held of upserts) {
      this.applied.set(held.resource.name, held);
      this.compare(held.resource.name);
    }
  }

  /** Every wanted version that stays without effect. */
  rejections(): readonly VersionRejection[] {
    return [...this.differing].flatMap(resource => {
      const version = this.wanted.get(resource)?.envelope.version;
      const reason =
        this.reasonAgainst(resource) ??
        `it belongs together with ${this.keptBack.get(resource) ?? 'another one'}, which is refused`;
      return version === undefined ? [] : [{ resource, version, reason }];
    });
  }

  /** Why a resource stays at its previous version, or is not there; undefined = it does not. */
  rejectionOf(name: ResourceName): string | undefined {
    return this.rejections().find(({ resource }) => resource === name)?.reason;
  }

  private want(envelope: Envelope, opened: Opened): void {
    this.unwant(envelope.name);
    this.wanted.set(envelope.name, { envelope, opened });
    this.sum = addChecksums(this.sum, checksumOf(envelope.name, envelope.version));
    this.compare(envelope.name);
  }

  private unwant(name: ResourceName): void {
    const known = this.wanted.get(name);
    if (known === undefined) return;
    this.wanted.delete(name);
    this.sum = subtractChecksums(this.sum, checksumOf(name, known.envelope.version));
    this.compare(name);
  }

  private compare(name: ResourceName): void {
    if (this.wanted.get(name)?.envelope.version === this.applied.get(name)?.envelope.version) this.differing.delete(name);
    else this.differing.add(name);
  }

  private reasonAgainst(name: ResourceName): string | undefined {
    const wanted = this.wanted.get(name);
    if (wanted === undefined) return undefined;
    if (!wanted.opened.isReadable) return wanted.opened.problem;
    const refused = this.refused.get(name);
    return refused?.version === wanted.envelope.version ? refused.reason : undefined;
  }

  /** Names that stay as they are, each with the one because of which. */
  private heldBack(changed: readonly ResourceName[], culprits: readonly ResourceName[]): ReadonlyMap<ResourceName, ResourceName> {
    const parts = partsOf(changed, name => this.referencesEitherWay(name), [...this.applied.keys(), ...this.wanted.keys()]);
    const held = new Map<ResourceName, ResourceName>();
    for (const part of parts) {
      const culprit = culprits.find(name => part.has(name));
      const hasRun = [...part].some(name => this.applied.has(name));
      if (culprit !== undefined && hasRun) for (const name of part) held.set(name, culprit);
    }
    return held;
  }

  private referencesEitherWay(name: ResourceName): readonly ResourceName[] {
    const applied = this.applied.get(name)?.resource;
    const opened = this.wanted.get(name)?.opened;
    const wanted = opened?.isReadable === true ? opened.resource : undefined;
    return [applied, wanted].flatMap(resource => (resource === undefined ? [] : referencesOf(resource)));
  }

  private readable(name: ResourceName): readonly Held[] {
    const wanted = this.wanted.get(name);
    return wanted?.opened.isReadable === true ? [{ envelope: wanted.envelope, resource: wanted.opened.resource }] : [];
  }
}

/** A step as configurations take it. */
export function transactionFromStep({ upserts, removes }: Step, version: number): Transaction {
  return { version, upserts: upserts.map(({ resource }) => resource), removes };
}
