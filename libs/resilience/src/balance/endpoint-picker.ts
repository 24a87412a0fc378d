// SPDX-License-Identifier: Apache-2.0
import type { Random } from '@weir/base';
import type { Balance } from '@weir/policy/snapshot';
import type { EndpointLoads } from '../loads/endpoint-loads.ts';

/** Chooses among the endpoints of one set. Made anew for each new set; never changed. */
export interface EndpointPicker {
  /**
   * Index into `slots` of the endpoint to use, -1 where there is none. `excluded`, the index that an earlier attempt used, is
   * avoided as long as there is another.
   */
  pick(excluded?: number): number;
}

export interface EndpointPickerOptions {
  /** The endpoints' slots in `loads`, in the order of the endpoint set. */
  readonly slots: readonly number[];
  readonly loads: EndpointLoads;
  readonly random: Random;
}

/** `leastRequest`: power of two choices over the requests in flight of all workers; `roundRobin`: in turn, from a random start. */
export function createEndpointPicker(kind: Balance, options: EndpointPickerOptions): EndpointPicker {
  if (options.slots.length < 2) {
    const only = options.slots.length - 1;
    return { pick: () => only };
  }
  return kind === 'roundRobin' ? roundRobin(options) : leastRequest(options);
}

function roundRobin({ slots, random }: EndpointPickerOptions): EndpointPicker {
  // Workers that all began with the first endpoint would send it one request each after every change of the set.
  let last = Math.floor(random.next() * slots.length);
  const advance = (): number => {
    last = last + 1 === slots.length ? 0 : last + 1;
    return last;
  };
  return {
    pick(excluded = -1) {
      const index = advance();
      return index === excluded ? advance() : index;
    },
  };
}

/**
 * Two different endpoints at random, the less loaded one wins: nearly as even as looking at all, without the herd that follows
 * one stale minimum (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001).
 */
function leastRequest({ slots, loads, random }: EndpointPickerOptions): EndpointPicker {
  return {
    pick(excluded = -1) {
      const hasExclusion = excluded >= 0 && excluded < slots.length;
      const count = hasExclusion ? slots.length - 1 : slots.length;
      const first = skip(Math.floor(random.next() * count), hasExclusion ? excluded : count);
      if (count === 1) return first;
      // Drawn among those that are left, so that a pair never holds the same endpoint twice.
      const firstRank = hasExclusion && first > excluded ? first - 1 : first;
      const secondRank = skip(Math.floor(random.next() * (count - 1)), firstRank);
      const second = skip(secondRank, hasExclusion ? excluded : count);
      return loads.inFlight(slots[second]!) < loads.inFlight(slots[first]!) ? second : first;
    },
  };
}

/** The `rank`-th of all indexes but `hole`. */
function skip(rank: number, hole: number): number {
  return rank >= hole ? rank + 1 : rank;
}
