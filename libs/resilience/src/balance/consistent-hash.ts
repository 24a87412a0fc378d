// SPDX-License-Identifier: Apache-2.0
import type { EndpointPicker, EndpointPickerOptions } from './endpoint-picker.ts';
import { NO_KEY } from './hash-key.ts';
import { createMaglevTable } from './maglev-table.ts';
import { createRandomPicker } from './random-choice.ts';

/**
 * The same key leads to the same endpoint, in all workers and gateways that see the same endpoints. A retry goes to the endpoint of
 * the next place in the table that another one has, which is the same for equal keys, too. Without a key any endpoint will do.
 */
export function createHashPicker({ names, random }: Pick<EndpointPickerOptions, 'names' | 'random'>): EndpointPicker {
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
  };
}
