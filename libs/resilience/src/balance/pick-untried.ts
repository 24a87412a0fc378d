// SPDX-License-Identifier: Apache-2.0
import type { EndpointPicker } from './endpoint-picker.ts';
import { NO_KEY } from './hash-key.ts';
import { rehash } from './text-hash.ts';

/** How often the balancer is asked before any endpoint will do that was not tried: it may well always prefer one that was. */
const MAX_PICKS = 8;

export interface TriedEndpoints {
  /** Indexes; the last attempt's among them. */
  readonly tried: ReadonlySet<number>;
  readonly last: number;
  /** How many endpoints there are. */
  readonly count: number;
  /** Whether an endpoint may be used though the balancer has not chosen it. */
  readonly isUsable: (index: number) => boolean;
  /** What consistent hashing goes by; undefined where nothing does. */
  readonly key: number | undefined;
}

/**
 * The endpoint for another attempt: one that no attempt has gone to, as long as there is one, by the balancer's choice where that
 * comes to one; after that any but the last. Keys that are equal have equal retries.
 */
export function pickUntried(picker: EndpointPicker, { tried, last, count, isUsable, key = NO_KEY }: TriedEndpoints): number {
  let index = picker.pick(last, key);
  if (tried.size >= count) return index;
  let nextKey = key;
  for (let picks = 1; tried.has(index) && picks < MAX_PICKS; picks++) {
    nextKey = nextKey === NO_KEY ? NO_KEY : rehash(nextKey);
    index = picker.pick(last, nextKey);
  }
  return tried.has(index) ? (untriedFrom(index, { tried, count, isUsable }) ?? index) : index;
}

/** The next behind `first`, all around; undefined = all that are usable were tried. */
function untriedFrom(
  first: number,
  { tried, count, isUsable }: Pick<TriedEndpoints, 'count' | 'isUsable' | 'tried'>,
): number | undefined {
  for (let step = 1; step < count; step++) {
    const index = (first + step) % count;
    if (!tried.has(index) && isUsable(index)) return index;
  }
  return undefined;
}
