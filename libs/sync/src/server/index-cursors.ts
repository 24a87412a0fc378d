// SPDX-License-Identifier: Apache-2.0
import type { ResourceName } from '@weir/policy/snapshot';
import type { ResourceVersion } from '../contract/envelope.ts';
import { addChecksums } from '../messages/checksum.ts';
import type { ResourceKind } from '../contract/contract-revisions.ts';
import type { Catalog, Entry } from './catalog.ts';
import type { IndexLog } from './index-log.ts';

export type IndexLogs = ReadonlyMap<ResourceKind, IndexLog>;

/** How far one proxy has come with each kind that it has all resources of. */
export class IndexCursors {
  /** Of what the proxy has of these kinds once it has taken what was taken last. */
  checksum = 0;
  readonly kinds: ReadonlySet<ResourceKind>;
  private readonly logs: IndexLogs;
  private readonly catalog: Catalog;
  /** Undefined = nothing was taken yet: it is compared with what the proxy presented. */
  private sequence: number | undefined;
  private presented = new Map<ResourceName, ResourceVersion>();

  constructor(kinds: readonly ResourceKind[], logs: IndexLogs, catalog: Catalog) {
    this.kinds = new Set(kinds);
    this.logs = logs;
    this.catalog = catalog;
  }

  has(kind: ResourceKind): boolean {
    return this.kinds.has(kind);
  }

  get takenSequence(): number {
    return this.sequence ?? -1;
  }

  present(name: ResourceName, version: ResourceVersion): void {
    this.presented.set(name, version);
  }

  /** What changed since the last time; undefined = more than is remembered. */
  take(): { readonly upserts: readonly Entry[]; readonly removes: readonly ResourceName[] } | undefined {
    const names = this.sequence === undefined ? this.unknownNames() : this.changedNames(this.sequence);
    if (names === undefined) return undefined;
    this.sequence = this.catalog.sequence;
    this.presented = new Map();
    this.checksum = [...this.kinds].reduce((sum, kind) => addChecksums(sum, this.logs.get(kind)?.checksum ?? 0), 0);
    const entries = [...names].map(name => ({ name, entry: this.catalog.get(name) }));
    return {
      upserts: entries.map(({ entry }) => entry).filter(entry => entry !== undefined),
      removes: entries.filter(({ entry }) => entry === undefined).map(({ name }) => name),
    };
  }

  private unknownNames(): readonly ResourceName[] {
    const all = [...this.kinds].flatMap(kind => [...this.catalog.ofKind.get(kind)]);
    return all.filter(name => this.presented.get(name) !== this.catalog.get(name)?.version);
  }

  private changedNames(since: number): readonly ResourceName[] | undefined {
    const names: ResourceName[] = [];
    for (const kind of this.kinds) {
      const log = this.logs.get(kind);
      // Nothing of the kind has ever been there.
      if (log === undefined) continue;
      const changed = log.namesSince(since);
      if (changed === undefined) return undefined;
      names.push(...changed);
    }
    return names;
  }
}
