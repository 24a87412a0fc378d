// SPDX-License-Identifier: Apache-2.0
import type { Candidate } from '../match/candidate.ts';
import { KeyedTable } from './keyed-table.ts';
import type { EditToken } from './keyed-table.ts';
import { MatchSet } from './match-set.ts';

type NodeParts<Target> = Partial<Pick<PathNode<Target>, 'children' | 'exact' | 'prefix' | 'regex'>>;
type Change<Target> = (set: MatchSet<Target>) => MatchSet<Target>;

/** A place in a `PathTree`: what ends here, what covers everything below, what has to be tried from here on. Immutable. */
export class PathNode<Target> {
  readonly children: KeyedTable<PathNode<Target>>;
  readonly exact: MatchSet<Target> | undefined;
  readonly prefix: MatchSet<Target> | undefined;
  readonly regex: MatchSet<Target> | undefined;

  constructor(parts: NodeParts<Target> = {}) {
    this.children = parts.children ?? KeyedTable.empty<PathNode<Target>>();
    this.exact = parts.exact;
    this.prefix = parts.prefix;
    this.regex = parts.regex;
  }

  get isEmpty(): boolean {
    return this.children.size === 0 && this.exact === undefined && this.prefix === undefined && this.regex === undefined;
  }

  with(owner: EditToken, candidate: Candidate<Target>): PathNode<Target> {
    return this.changed(owner, candidate, set => set.with(owner, candidate));
  }

  without(owner: EditToken, candidate: Candidate<Target>): PathNode<Target> {
    return this.changed(owner, candidate, set => set.without(owner, candidate));
  }

  private changed(owner: EditToken, candidate: Candidate<Target>, change: Change<Target>): PathNode<Target> {
    return this.changedBelow({ owner, segments: segmentsOf(candidate), kind: candidate.path.kind, change }, 0);
  }

  private changedBelow(edit: NodeEdit<Target>, depth: number): PathNode<Target> {
    const segment = edit.segments[depth];
    if (segment === undefined) {
      const set = edit.change(this[edit.kind] ?? new MatchSet<Target>());
      return this.copiedWith({ [edit.kind]: set.isEmpty ? undefined : set });
    }
    const child = (this.children.get(segment) ?? new PathNode<Target>()).changedBelow(edit, depth + 1);
    const children = child.isEmpty ? this.children.without(edit.owner, segment) : this.children.with(edit.owner, segment, child);
    return this.copiedWith({ children });
  }

  private copiedWith(change: NodeParts<Target>): PathNode<Target> {
    const { children, exact, prefix, regex } = this;
    return new PathNode<Target>({ children, exact, prefix, regex, ...change });
  }
}

interface NodeEdit<Target> {
  readonly owner: EditToken;
  readonly segments: readonly string[];
  readonly kind: 'exact' | 'prefix' | 'regex';
  readonly change: Change<Target>;
}

/**
 * The segments that lead to a candidate's node. `/a/` has two, the second empty, so that it differs from `/a`; the prefix
 * `/` has none. A regex has the whole segments of its literal beginning.
 */
function segmentsOf({ path, compiled }: Candidate<unknown>): string[] {
  if (path.kind === 'prefix') return path.value === '' ? [] : path.value.slice(1).split('/');
  if (compiled.pathPattern === undefined) return path.value.slice(1).split('/');
  return compiled.pathPattern.literalPrefix.split('/').slice(1, -1);
}
