// SPDX-License-Identifier: Apache-2.0
import type { RateLimitSpec, RateLimitWindow } from '@weir/policy/snapshot';
import { formatDuration } from '@weir/base';
import { limitListChanges, SHARED_FIELDS } from './limit-changes.ts';
import type { Compare } from './limit-changes.ts';
import { mayWeaken, neutral, strengthens, weakens } from './policy-diff.ts';
import type { Change } from './policy-diff.ts';
import { sharedChanges } from './shared-limit-changes.ts';
import { fromTo, isSame, paired } from './values.ts';

/** How the limits of one policy differ. A limit that only looks on refuses nothing, whatever it says. */
export function rateLimitChanges(before: readonly RateLimitSpec[], after: readonly RateLimitSpec[]): readonly Change[] {
  return limitListChanges({ before, after }, FIELDS);
}

/** By field; one that is not here may weaken whenever it differs. */
const FIELDS: ReadonlyMap<string, Compare<RateLimitSpec>> = new Map<string, Compare<RateLimitSpec>>([
  ...SHARED_FIELDS,
  ['windows', (before, after) => windowChanges(before.windows, after.windows)],
  ['cost', ({ cost: old }, { cost }) => [(cost > old ? strengthens : weakens)(fromTo('cost', old, cost))]],
  ['shared', (before, after) => sharedChanges(before.shared, after.shared)],
]);

/** All windows must have room, so that one more refuses more. */
function windowChanges(before: readonly RateLimitWindow[], after: readonly RateLimitWindow[]): readonly Change[] {
  const { both, lost, gained } = paired(before, after, ({ windowMs }) => String(windowMs));
  return [
    ...gained.map(window => strengthens(`${windowWords(window)} added`)),
    ...lost.map(window => weakens(`${windowWords(window)} removed`)),
    ...both.flatMap(([old, now]) => (isSame(old, now) ? [] : [windowChange(old, now)])),
  ];
}

function windowChange(before: RateLimitWindow, after: RateLimitWindow): Change {
  const text = `${windowWords(before)} → ${windowWords(after)}`;
  const differences = [after.requests - before.requests, burstOf(after) - burstOf(before)];
  if (differences.every(difference => difference === 0)) return neutral(text);
  if (differences.every(difference => difference >= 0)) return weakens(text);
  return (differences.every(difference => difference <= 0) ? strengthens : mayWeaken)(text);
}

function burstOf({ requests, burst = requests }: RateLimitWindow): number {
  return burst;
}

function windowWords(window: RateLimitWindow): string {
  const burst = burstOf(window) === window.requests ? '' : `, ${burstOf(window)} at once`;
  return `${window.requests} in ${formatDuration(window.windowMs)}${burst}`;
}
