// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from '@weir/base';
import type { ConcurrencyLimitSpec } from '@weir/policy/snapshot';
import { limitListChanges, SHARED_FIELDS } from './limit-changes.ts';
import type { Compare } from './limit-changes.ts';
import { neutral, strengthens, weakens } from './policy-diff.ts';
import type { Change } from './policy-diff.ts';
import { fromTo } from './values.ts';

/** How the limits on requests in flight of one policy differ. */
export function concurrencyLimitChanges(
  before: readonly ConcurrencyLimitSpec[],
  after: readonly ConcurrencyLimitSpec[],
): readonly Change[] {
  return limitListChanges({ before, after }, FIELDS);
}

const FIELDS: ReadonlyMap<string, Compare<ConcurrencyLimitSpec>> = new Map<string, Compare<ConcurrencyLimitSpec>>([
  ...SHARED_FIELDS,
  [
    'requests',
    ({ requests: old }, { requests }) => [(requests > old ? weakens : strengthens)(fromTo('requests in flight', old, requests))],
  ],
  // Who waits is not in: as many are in flight as before.
  ['queue', ({ queue: old }, { queue }) => [neutral(fromTo('queue', queueText(old), queueText(queue)))]],
]);

function queueText(queue: ConcurrencyLimitSpec['queue']): string {
  return queue === undefined ? 'none' : `${queue.size} wait ${formatDuration(queue.timeoutMs)}`;
}
