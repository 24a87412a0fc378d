// SPDX-License-Identifier: Apache-2.0
import { attachedListenersOf, listenersOf, referencesOf } from '@weir/policy/snapshot';
import type { Resource, ResourceName, Transaction } from '@weir/policy/snapshot';
import { canonicalJson } from '../contract/canonical-json.ts';
import { sealResource } from '../contract/envelope.ts';
import type { Envelope } from '../contract/envelope.ts';
import { checksumOf } from '../messages/checksum.ts';
import { NameIndex } from './name-index.ts';

/** A resource of the present snapshot, with what is computed of it once for all proxies. */
export interface Entry extends Envelope {
  readonly kind: Resource['kind'];
  readonly resource: Resource;
  readonly references: readonly ResourceName[];
  /** Listeners that it stands for. */
  readonly listeners: readonly string[];
  /** Listeners that it is attached to. */
  readonly attached: readonly string[];
  readonly checksum: number;
  /** Count of updates at which this version came. */
  readonly sequence: number;
  /** By the wall clock. */
  readonly changedMs: number;
}

/** What became of one name. Of a change that changes nothing there is none. */
export interface Change {
  readonly name: ResourceName;
  readonly before: Entry | undefined;
  readonly after: Entry | undefined;
  /** Nothing but the endpoints of a backend: these may be sent on their own. */
  readonly isEndpointsOnly: boolean;
}

/** The present snapshot, and the ways in which names lead to each other. */
export class Catalog {
  /** Updates so far. */
  sequence = 0;
  /** Rules by the listeners that they are attached to. */
  readonly rulesOf = new NameIndex();
  /** What stands for a listener. */
  readonly ownersOf = new NameIndex();
  readonly workloadsAt = new NameIndex();
  readonly ofKind = new NameIndex();
  private readonly entries = new Map<ResourceName, Entry>();

  get(name: ResourceName): Entry | undefined {
    return this.entries.get(name);
  }

  /** Moves on to the next snapshot; `nowMs` is wall time. */
  apply({ upserts, removes }: Transaction, nowMs: number): readonly Change[] {
    this.sequence++;
    const removed = removes.map(name => this.replace(name, undefined));
    const upserted = upserts.map(resource => this.upsert(resource, nowMs));
    return [...removed, ...upserted].filter(change => change !== undefined);
  }

  private upsert(resource: Resource, nowMs: number): Change | undefined {
    const before = this.entries.get(resource.name);
    // Unchanged parts of a configuration keep their identity, so most of what did not change costs nothing.
    if (before?.resource === resource) return undefined;
    const envelope = sealResource(resource);
    if (before?.version === envelope.version) return undefined;
    const entry: Entry = {
      ...envelope,
      kind: resource.kind,
      resource,
      references: referencesOf(resource),
      listeners: listenersOf(resource),
      attached: attachedListenersOf(resource),
      checksum: checksumOf(envelope.name, envelope.version),
      sequence: this.sequence,
      changedMs: nowMs,
    };
    return this.replace(resource.name, entry);
  }

  private replace(name: ResourceName, after: Entry | undefined): Change | undefined {
    const before = this.entries.get(name);
    if (before === undefined && after === undefined) return undefined;
    if (before !== undefined) this.forget(before);
    if (after !== undefined) this.note(after);
    return { name, before, after, isEndpointsOnly: differInEndpointsOnly(before?.resource, after?.resource) };
  }

  private note(entry: Entry): void {
    const { name, kind } = entry;
    this.entries.set(name, entry);
    this.ofKind.add(kind, name);
    for (const listener of entry.listeners) this.ownersOf.add(listener, name);
    for (const listener of entry.attached) this.rulesOf.add(listener, name);
    if (entry.resource.kind === 'workload') this.workloadsAt.add(entry.resource.address, name);
  }

  private forget(entry: Entry): void {
    const { name, kind } = entry;
    this.entries.delete(name);
    this.ofKind.remove(kind, name);
    for (const listener of entry.listeners) this.ownersOf.remove(listener, name);
    for (const listener of entry.attached) this.rulesOf.remove(listener, name);
    if (entry.resource.kind === 'workload') this.workloadsAt.remove(entry.resource.address, name);
  }
}

function differInEndpointsOnly(before: Resource | undefined, after: Resource | undefined): boolean {
  if (before?.kind !== 'backend' || after?.kind !== 'backend') return false;
  return withoutEndpoints(before) === withoutEndpoints(after);
}

function withoutEndpoints(backend: Extract<Resource, { kind: 'backend' }>): string {
  return canonicalJson({ ...backend, endpoints: [] });
}
