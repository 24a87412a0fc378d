// SPDX-License-Identifier: Apache-2.0
import type { Candidate } from '../match/candidate.ts';
import { compareCandidates } from '../match/compare-candidates.ts';
import { MatchSet } from './match-set.ts';
import { PathNode } from './path-node.ts';
import type { EditToken } from './keyed-table.ts';
import type { RouteQuery } from './route-entry.ts';

/**
 * The paths of one hostname, segment by segment. Exact paths come first, then regexes, then prefixes from the longest
 * down (Gateway API, HTTPRouteRule.matches; where regexes stand is for the implementation to say). Of gRPC routes, see
 * `isTriedLast`.
 */
export class PathTree<Target> {
  private readonly root: PathNode<Target>;
  private readonly regexCount: number;
  /** Expressions that stand behind all prefixes but `/`; most trees have none. */
  private readonly last: MatchSet<Target> | undefined;

  constructor(root = new PathNode<Target>(), regexCount = 0, last?: MatchSet<Target>) {
    this.root = root;
    this.regexCount = regexCount;
    this.last = last;
  }

  get isEmpty(): boolean {
    return this.root.isEmpty && this.last === undefined;
  }

  find(query: RouteQuery): Candidate<Target> | undefined {
    return query.path.startsWith('/') ? this.descend(this.root, 1, query) : undefined;
  }

  with(owner: EditToken, candidate: Candidate<Target>): PathTree<Target> {
    if (candidate.isTriedLast) return this.withLast((this.last ?? new MatchSet()).with(owner, candidate));
    const root = this.root.with(owner, candidate);
    return new PathTree(root, this.regexCount + Number(candidate.path.kind === 'regex'), this.last);
  }

  without(owner: EditToken, candidate: Candidate<Target>): PathTree<Target> {
    if (candidate.isTriedLast) return this.withLast((this.last ?? new MatchSet()).without(owner, candidate));
    const root = this.root.without(owner, candidate);
    return new PathTree(root, this.regexCount - Number(candidate.path.kind === 'regex'), this.last);
  }

  private withLast(last: MatchSet<Target>): PathTree<Target> {
    return new PathTree(this.root, this.regexCount, last.isEmpty ? undefined : last);
  }

  /** Goes down as far as the tree knows the path, then tries what is found there on the way back: longest prefix first. */
  private descend(node: PathNode<Target>, start: number, query: RouteQuery): Candidate<Target> | undefined {
    const { path } = query;
    let found: Candidate<Target> | undefined;
    if (start > path.length) {
      found = node.exact?.find(query) ?? this.findRegex(query);
    } else {
      const end = endOfSegment(path, start);
      const child = node.children.get(path, start, end);
      found = child === undefined ? this.findRegex(query) : this.descend(child, end + 1, query);
    }
    if (start === 1) found ??= this.last?.find(query);
    return found ?? node.prefix?.find(query);
  }

  /** The best regex on the path's way: each stands where its literal beginning ends. */
  private findRegex(query: RouteQuery): Candidate<Target> | undefined {
    if (this.regexCount === 0) return undefined;
    const { path } = query;
    let best: Candidate<Target> | undefined;
    let node: PathNode<Target> | undefined = this.root;
    for (let start = 1; node !== undefined;) {
      const found = node.regex?.find(query);
      if (found !== undefined && (best === undefined || compareCandidates(found, best) < 0)) best = found;
      if (start > path.length) break;
      const end = endOfSegment(path, start);
      node = node.children.get(path, start, end);
      start = end + 1;
    }
    return best;
  }
}

function endOfSegment(path: string, start: number): number {
  const slash = path.indexOf('/', start);
  return slash === -1 ? path.length : slash;
}
