// SPDX-License-Identifier: Apache-2.0
import type { Random } from '@weir/base';
import type { EndpointPicker } from './endpoint-picker.ts';

/** Any endpoint, each as likely as the others. `count`: at least 2. */
export function createRandomPicker(count: number, random: Random): EndpointPicker {
  return {
    pick(excluded = -1) {
      if (excluded < 0 || excluded >= count) return Math.floor(random.next() * count);
      const rank = Math.floor(random.next() * (count - 1));
      return rank >= excluded ? rank + 1 : rank;
    },
  };
}
