// SPDX-License-Identifier: Apache-2.0
import type { Random } from '@weir/base';
import type { EndpointPicker } from './endpoint-picker.ts';

export interface TwoChoices {
  readonly random: Random;
  /** Of the endpoint with this index; the cheaper one wins, the first where both are equal. */
  readonly costOf: (index: number) => number;
}

/**
 * Two different endpoints at random, the cheaper one wins: nearly as even as looking at all, without the herd that follows
 * one stale minimum (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001). `count`: at least 2.
 */
export function createTwoChoicePicker(count: number, { random, costOf }: TwoChoices): EndpointPicker {
  return {
    pick(excluded = -1) {
      const hasExclusion = excluded >= 0 && excluded < count;
      const choices = hasExclusion ? count - 1 : count;
      const first = skip(Math.floor(random.next() * choices), hasExclusion ? excluded : choices);
      if (choices === 1) return first;
      // Drawn among those that are left, so that a pair never holds the same endpoint twice.
      const firstRank = hasExclusion && first > excluded ? first - 1 : first;
      const secondRank = skip(Math.floor(random.next() * (choices - 1)), firstRank);
      const second = skip(secondRank, hasExclusion ? excluded : choices);
      return costOf(second) < costOf(first) ? second : first;
    },
  };
}

/** The `rank`-th of all indexes but `hole`. */
function skip(rank: number, hole: number): number {
  return rank >= hole ? rank + 1 : rank;
}
