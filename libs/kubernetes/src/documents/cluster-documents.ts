// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util';
import type { Problem } from '@weir/base';
import { documentKey, readableRolloutStatus, readClusterObject, rolloutWithSplit } from '@weir/policy/documents';
import type { Document, DocumentKey } from '@weir/policy/documents';
import type { ClusterObject } from '../api/cluster-api.ts';

/** An object that cannot be read as it is now. */
interface RefusedObject {
  readonly generation: number;
  /** At least one. */
  readonly problems: readonly Problem[];
}

/** Documents at one moment, and what became different since the moment before. */
export interface ClusterContent {
  readonly documents: ReadonlyMap<DocumentKey, Document>;
  readonly problems: readonly Problem[];
  /** Whose problems these are; what such an object said before is among the documents, or what stands in for it. */
  readonly refused: ReadonlyMap<DocumentKey, RefusedObject>;
  readonly changedKeys: readonly DocumentKey[];
  readonly removedKeys: readonly DocumentKey[];
  /** None: only kinds that Weir reads are asked for. */
  readonly ignoredCount: 0;
  /** By kind, as `resourceVersion`s: the newest that there is of it, and how far was read, which nothing may have happened in since. */
  readonly positions: { readonly known: Readonly<Record<string, number>>; readonly read: Readonly<Record<string, number>> };
}

/**
 * Objects of a cluster as documents. One that cannot be read keeps what it said before, and its problems are told; a policy that guards
 * something, and of which nothing is known from before, has a stand-in that refuses. One that means the same as before stays the same
 * document.
 */
export class ClusterDocuments {
  private readonly served = new Map<DocumentKey, Document>();
  private readonly refused = new Map<DocumentKey, RefusedObject>();
  /** What is there, read or not. */
  private readonly present = new Set<DocumentKey>();
  private changed = new Set<DocumentKey>();
  private removed = new Set<DocumentKey>();
  private hasOtherFaults = false;

  /** Whether there is anything to hand over. */
  get hasChanged(): boolean {
    return this.hasOtherFaults || this.changed.size + this.removed.size > 0;
  }

  put(object: ClusterObject): void {
    const key = keyOf(object);
    this.present.add(key);
    const result = readClusterObject(object);
    if (result.kind === 'ignored') return;
    if (result.kind === 'refused') {
      this.refused.set(key, { generation: object.metadata.generation ?? 0, problems: result.problems });
      this.hasOtherFaults = true;
      if (!this.isKnown(key)) {
        if (result.standIn !== undefined) this.serve(result.standIn);
      } else this.followStatus(key, object);
      return;
    }
    this.mend(key);
    this.serve(result.document);
  }

  remove(object: ClusterObject): void {
    this.forget(keyOf(object));
  }

  /** These are all objects of a kind that there are. */
  replace(kind: string, objects: readonly ClusterObject[]): void {
    const there = new Set(objects.map(keyOf));
    for (const key of [...this.present]) if (key.startsWith(`${kind}/`) && !there.has(key)) this.forget(key);
    for (const object of objects) this.put(object);
  }

  /** Hands over what became different. */
  take(): Omit<ClusterContent, 'positions'> {
    const [changedKeys, removedKeys] = [[...this.changed], [...this.removed]];
    this.changed = new Set();
    this.removed = new Set();
    this.hasOtherFaults = false;
    const refused = new Map(this.refused);
    const problems = [...refused.values()].flatMap(one => one.problems);
    return { documents: this.served, problems, refused, changedKeys, removedKeys, ignoredCount: 0 };
  }

  /** What is in force of a Rollout is not its writer's to say, and goes on to change, whatever is wrong with the rest. */
  private followStatus(key: DocumentKey, { status }: ClusterObject): void {
    const served = this.served.get(key);
    const read = readableRolloutStatus(status);
    if (served?.kind !== 'Rollout' || read === undefined || isDeepStrictEqual(served.status?.split, read.split)) return;
    this.serve(rolloutWithSplit(served, read.split));
  }

  /** Whether anything was read of it that holds as long as it cannot be read. */
  private isKnown(key: DocumentKey): boolean {
    const served = this.served.get(key);
    return served !== undefined && served.unread === undefined;
  }

  private serve(document: Document): void {
    const key = documentKey(document);
    if (this.served.get(key)?.hash === document.hash) return;
    this.served.set(key, document);
    this.removed.delete(key);
    this.changed.add(key);
  }

  private forget(key: DocumentKey): void {
    this.present.delete(key);
    this.mend(key);
    if (!this.served.delete(key)) return;
    this.changed.delete(key);
    this.removed.add(key);
  }

  private mend(key: DocumentKey): void {
    if (this.refused.delete(key)) this.hasOtherFaults = true;
  }
}

function keyOf({ kind, metadata: { namespace = '', name } }: ClusterObject): DocumentKey {
  return `${kind}/${namespace}/${name}`;
}
