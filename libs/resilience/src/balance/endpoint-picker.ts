// SPDX-License-Identifier: Apache-2.0
import type { Clock, Random } from '@weir/base';
import type { Balance } from '@weir/policy/snapshot';
import type { EndpointLoads } from '../loads/endpoint-loads.ts';
import { createHashPicker } from './consistent-hash.ts';
import type { EndpointLatency } from './endpoint-latency.ts';
import type { EndpointUtilization } from './endpoint-utilization.ts';
import type { OwnZone } from './own-zone.ts';
import { createRandomPicker } from './random-choice.ts';
import { createTwoChoicePicker } from './two-choices.ts';
import { createUtilizationPicker } from './utilization-picker.ts';

/** Chooses among the endpoints of one set. Made anew for each new set; never changed. */
export interface EndpointPicker {
  /**
   * Index of the endpoint to use, -1 where there is none. `excluded`, the index that an earlier attempt used, is avoided as long as
   * there is another; -1 = none. `key`: what consistent hashing goes by (see `hashKeyReader`); other kinds do not look at it.
   */
  pick(excluded?: number, key?: number): number;
}

export interface EndpointPickerOptions {
  /** The endpoints' names, in the order of the endpoint set: what consistent hashing knows them by. */
  readonly names: readonly string[];
  /** Their slots in `loads`. */
  readonly slots: readonly number[];
  readonly loads: EndpointLoads;
  /** How fast each answers; looked at by `peakEwma` only, and needed there. */
  readonly latencies: readonly EndpointLatency[];
  /** What each reports; looked at by `utilization` only, and needed there. */
  readonly utilizations: readonly EndpointUtilization[];
  /** Undefined = none is preferred; looked at by `createZonePicker` only. */
  readonly zone?: OwnZone | undefined;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly random: Random;
}

/** A picker of a kind; see `Balance` for what each does. */
export function createEndpointPicker(balance: Balance, options: EndpointPickerOptions): EndpointPicker {
  const count = options.names.length;
  if (count < 2) return { pick: () => count - 1 };
  if (typeof balance === 'object') {
    return balance.kind === 'utilization' ? createUtilizationPicker(options) : createHashPicker(options);
  }
  switch (balance) {
    case 'roundRobin':
      return roundRobin(options);
    case 'random':
      return createRandomPicker(count, options.random);
    case 'leastRequest':
      return leastRequest(options);
    case 'peakEwma':
      return peakEwma(options);
  }
}

function roundRobin({ names, random }: EndpointPickerOptions): EndpointPicker {
  const count = names.length;
  // Workers that all began with the first endpoint would send it one request each after every change of the set.
  let last = Math.floor(random.next() * count);
  const advance = (): number => {
    last = last + 1 === count ? 0 : last + 1;
    return last;
  };
  return {
    pick(excluded = -1) {
      const index = advance();
      return index === excluded ? advance() : index;
    },
  };
}

function leastRequest({ slots, loads, random }: EndpointPickerOptions): EndpointPicker {
  return createTwoChoicePicker(slots.length, { random, costOf: index => loads.inFlight(slots[index]!) });
}

/** As Finagle's and Linkerd's: what an answer of the endpoint will probably take, with all that it has to answer before. */
function peakEwma({ slots, loads, latencies, random }: EndpointPickerOptions): EndpointPicker {
  return createTwoChoicePicker(slots.length, {
    random,
    costOf: index => latencies[index]!.costMs(loads.inFlight(slots[index]!)),
  });
}
