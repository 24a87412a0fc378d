// SPDX-License-Identifier: Apache-2.0
import type { RolloutView } from '@weir/control-plane';

type State = NonNullable<RolloutView['state']>;

/**
 * Each Rollout once, in the order of their first views: as the replica knows it that drives it. The others know what was stored when they
 * last read it, and nothing of what was seen.
 */
export function freshestViews(views: readonly RolloutView[]): readonly RolloutView[] {
  const ofEach = Map.groupBy(views, ({ namespace, name }) => `${namespace}/${name}`);
  return [...ofEach.values()].flatMap(some => some.reduce((best, view) => (isFresher(view, best) ? view : best)));
}

function isFresher(view: RolloutView, other: RolloutView): boolean {
  const [own, others] = [freshnessOf(view), freshnessOf(other)];
  const index = own.findIndex((value, i) => value !== others[i]);
  return index !== -1 && own[index]! > others[index]!;
}

/** From what says most to what says least. */
function freshnessOf({ state, seen }: RolloutView): readonly number[] {
  const requests = [seen.edge, seen.mesh].flatMap(({ stable, candidate }) => [stable.requests, candidate.requests]);
  return [state?.sequence ?? -1, state === undefined ? -1 : lastMomentOf(state), Math.max(...requests)];
}

function lastMomentOf({ step, paused, aborted, completed, lastRequest, conditions }: State): number {
  const moments = [step?.requestedAtMs, step?.arrivedAtMs, paused?.atMs, aborted?.atMs, completed?.atMs, lastRequest?.atMs];
  return Math.max(0, ...moments.flatMap(moment => moment ?? []), ...conditions.map(({ sinceMs }) => sinceMs));
}
