// SPDX-License-Identifier: Apache-2.0
import type { Candidate } from '../match/candidate.ts';
import { compareCandidates } from '../match/compare-candidates.ts';
import { satisfiesRest } from '../match/compiled-match.ts';
import type { Field } from '../match/field.ts';
import { KeyedTable } from './keyed-table.ts';
import type { EditToken } from './keyed-table.ts';
import type { RouteQuery } from './route-entry.ts';

/** Candidates that require a value of one field, by that value. */
interface Group<Target> {
  readonly field: Field;
  readonly sets: KeyedTable<MatchSet<Target>>;
}

/**
 * The candidates of one path. Those that require exact values of headers or parameters are found by hashing, one field after
 * the other: ten thousand tenants told apart by a header cost what one costs. The rest is tried in order of precedence.
 * Immutable: sets are small, and an edit replaces those on its way.
 */
export class MatchSet<Target> {
  private readonly plain: readonly Candidate<Target>[];
  private readonly groups: readonly Group<Target>[];

  constructor(plain: readonly Candidate<Target>[] = [], groups: readonly Group<Target>[] = []) {
    this.plain = plain;
    this.groups = groups;
  }

  get isEmpty(): boolean {
    return this.plain.length === 0 && this.groups.length === 0;
  }

  find(query: RouteQuery): Candidate<Target> | undefined {
    let best: Candidate<Target> | undefined;
    for (let i = 0; i < this.plain.length && best === undefined; i++) {
      if (satisfiesRest(this.plain[i]!.compiled, query)) best = this.plain[i]!;
    }
    for (let i = 0; i < this.groups.length; i++) {
      const { field, sets } = this.groups[i]!;
      const value = field.valueIn(query);
      const found = value === undefined ? undefined : sets.get(value)?.find(query);
      if (found !== undefined && (best === undefined || compareCandidates(found, best) < 0)) best = found;
    }
    return best;
  }

  /** `depth`: how many of the candidate's requirements led here. */
  with(owner: EditToken, candidate: Candidate<Target>, depth = 0): MatchSet<Target> {
    const requirement = candidate.compiled.requirements[depth];
    if (requirement === undefined) return new MatchSet(withCandidate(this.plain, candidate), this.groups);
    const group = this.groupOf(requirement.field) ?? { field: requirement.field, sets: KeyedTable.empty<MatchSet<Target>>() };
    const set = group.sets.get(requirement.value) ?? new MatchSet<Target>();
    return this.withGroup(group, group.sets.with(owner, requirement.value, set.with(owner, candidate, depth + 1)));
  }

  without(owner: EditToken, candidate: Candidate<Target>, depth = 0): MatchSet<Target> {
    const requirement = candidate.compiled.requirements[depth];
    if (requirement === undefined) {
      const plain = this.plain.filter(other => other !== candidate);
      return new MatchSet(plain, this.groups);
    }
    const group = this.groupOf(requirement.field);
    const set = group?.sets.get(requirement.value)?.without(owner, candidate, depth + 1);
    if (group === undefined || set === undefined) return this;
    const { value } = requirement;
    return this.withGroup(group, set.isEmpty ? group.sets.without(owner, value) : group.sets.with(owner, value, set));
  }

  private groupOf(field: Field): Group<Target> | undefined {
    return this.groups.find(group => group.field.isSameAs(field));
  }

  private withGroup(group: Group<Target>, sets: KeyedTable<MatchSet<Target>>): MatchSet<Target> {
    const groups = this.groups.filter(other => other !== group);
    if (sets.size > 0) groups.push({ field: group.field, sets });
    return new MatchSet(this.plain, groups);
  }
}

/** Binary search, as thousands of candidates may stand in one place. */
function withCandidate<Target>(sorted: readonly Candidate<Target>[], candidate: Candidate<Target>): Candidate<Target>[] {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareCandidates(sorted[middle]!, candidate) < 0) low = middle + 1;
    else high = middle;
  }
  return sorted.toSpliced(low, 0, candidate);
}
