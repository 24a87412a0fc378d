// SPDX-License-Identifier: Apache-2.0
import type { EndpointPicker, EndpointPickerOptions } from './endpoint-picker.ts';
import { NO_KEY } from './hash-key.ts';
import { createMaglevTable } from './maglev-table.ts';
import { createRandomPicker } from './random-choice.ts';

/** Chooses by a key. */
export interface HashPicker extends EndpointPicker {
  /**
   * The endpoint of a key among those that are usable, by index: only the keys of those that are not go elsewhere. -1 = none of the
   * table is, but for `excluded`.
   */
  pickUsable(key: number, excluded: number, isUsable: (index: number) => boolean): number;
}

/**
 * The same key leads to the same endpoint, in all workers and gateways that see the same endpoints. A retry goes to the endpoint of
 * the next place in the table that another one has, which is the same for equal keys, too. Without a key any endpoint will do.
 */
export function createHashPicker({ names, random }: Pick<EndpointPickerOptions, 'names' | 'random'>): HashPicker {
  const table = createMaglevTable(names);
  const keyless = createRandomPicker(names.length, random);
  return {
    pick(excluded = -1, key = NO_KEY) {
      if (key === NO_KEY) return keyless.pick(excluded);
      let place = key % table.length;
      // Ends: there are at least two endpoints, and places for each.
      while (table[place] === excluded) place = place + 1 === table.length ? 0 : place + 1;
      return table[place]!;
    },
    pickUsable(key, excluded, isUsable) {
      const first = key % table.length;
      for (let step = 0; step < table.length; step++) {
        const index = table[(first + step) % table.length]!;
        if (index !== excluded && isUsable(index)) return index;
      }
      return -1;
    },
  };
}
