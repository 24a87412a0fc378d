// SPDX-License-Identifier: Apache-2.0
import type { RevisionCounts, SplitReport, SplitState } from '@weir/policy/snapshot';

/** One report of what several workers have counted; undefined where none of them has a split. */
export function mergeSplitReports(reports: readonly (SplitReport | undefined)[]): SplitReport | undefined {
  const told = reports.filter(report => report !== undefined);
  if (told.length === 0) return undefined;
  return {
    counts: merged(
      told.flatMap(({ counts }) => counts),
      placeOf,
      addCounts,
    ),
    states: merged(
      told.flatMap(({ states }) => states),
      stepOf,
      addStates,
    ),
  };
}

function merged<Item>(items: readonly Item[], keyOf: (item: Item) => string, add: (left: Item, right: Item) => Item): Item[] {
  const sums = new Map<string, Item>();
  for (const item of items) {
    const key = keyOf(item);
    const sum = sums.get(key);
    sums.set(key, sum === undefined ? item : add(sum, item));
  }
  return [...sums.values()];
}

function placeOf({ rollout, step, backend, route, revision }: RevisionCounts): string {
  return [rollout, step, backend, route, revision].join('\n');
}

function stepOf({ rollout, step, backend }: SplitState): string {
  return [rollout, step, backend].join('\n');
}

function addCounts(left: RevisionCounts, right: RevisionCounts): RevisionCounts {
  const latencies = new Map(left.latencies);
  for (const [bucket, count] of right.latencies) latencies.set(bucket, (latencies.get(bucket) ?? 0) + count);
  return {
    ...left,
    succeeded: left.succeeded + right.succeeded,
    failed: left.failed + right.failed,
    statuses: left.statuses.map((count, index) => count + (right.statuses[index] ?? 0)),
    latencies: [...latencies].sort(([one], [other]) => one - other),
  };
}

function addStates(left: SplitState, right: SplitState): SplitState {
  return {
    ...left,
    stableInFlight: left.stableInFlight + right.stableInFlight,
    candidateInFlight: left.candidateInFlight + right.candidateInFlight,
    blown: left.blown ?? right.blown,
  };
}
