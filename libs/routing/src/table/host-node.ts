// SPDX-License-Identifier: Apache-2.0
import type { Candidate } from '../match/candidate.ts';
import { KeyedTable } from './keyed-table.ts';
import type { EditToken } from './keyed-table.ts';
import { PathTree } from './path-tree.ts';
import type { RouteQuery } from './route-entry.ts';

type Change<Target> = (paths: PathTree<Target>) => PathTree<Target>;

/**
 * A tree of hostnames, label by label from the right: `com` → `example` → `shop`. A node has the paths of the hostname that
 * ends here and those of the wildcard in front of it. Immutable.
 */
export class HostNode<Target> {
  private readonly labels: KeyedTable<HostNode<Target>>;
  private readonly exact: PathTree<Target> | undefined;
  private readonly wildcard: PathTree<Target> | undefined;

  constructor(labels = KeyedTable.empty<HostNode<Target>>(), exact?: PathTree<Target>, wildcard?: PathTree<Target>) {
    this.labels = labels;
    this.exact = exact;
    this.wildcard = wildcard;
  }

  get isEmpty(): boolean {
    return this.labels.size === 0 && this.exact === undefined && this.wildcard === undefined;
  }

  /**
   * The best candidate of the most specific hostname that has one. `end`: how much of the host is still to be covered; -1 =
   * nothing, and that is when the hostname was an exact one.
   */
  find(query: RouteQuery, end: number): Candidate<Target> | undefined {
    if (end < 0) return this.exact?.find(query);
    const start = end === 0 ? 0 : query.host.lastIndexOf('.', end - 1) + 1;
    return this.labels.get(query.host, start, end)?.find(query, start - 1) ?? this.wildcard?.find(query);
  }

  with(owner: EditToken, hostname: string, candidate: Candidate<Target>): HostNode<Target> {
    return this.changed({ owner, labels: labelsOf(hostname), change: paths => paths.with(owner, candidate) }, 0);
  }

  without(owner: EditToken, hostname: string, candidate: Candidate<Target>): HostNode<Target> {
    return this.changed({ owner, labels: labelsOf(hostname), change: paths => paths.without(owner, candidate) }, 0);
  }

  private changed(edit: HostEdit<Target>, depth: number): HostNode<Target> {
    const label = edit.labels[depth];
    if (label === undefined) return new HostNode(this.labels, applied(edit.change, this.exact), this.wildcard);
    if (label === '*') return new HostNode(this.labels, this.exact, applied(edit.change, this.wildcard));
    const child = (this.labels.get(label) ?? new HostNode<Target>()).changed(edit, depth + 1);
    const labels = child.isEmpty ? this.labels.without(edit.owner, label) : this.labels.with(edit.owner, label, child);
    return new HostNode(labels, this.exact, this.wildcard);
  }
}

interface HostEdit<Target> {
  readonly owner: EditToken;
  readonly labels: readonly string[];
  readonly change: Change<Target>;
}

function labelsOf(hostname: string): string[] {
  return hostname.split('.').reverse();
}

function applied<Target>(change: Change<Target>, paths = new PathTree<Target>()): PathTree<Target> | undefined {
  const changed = change(paths);
  return changed.isEmpty ? undefined : changed;
}
