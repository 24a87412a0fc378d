// SPDX-License-Identifier: Apache-2.0
import type { Balance, ConsistentHash } from '@weir/policy/snapshot';
import { createHashPicker } from '../balance/consistent-hash.ts';
import type { HashPicker } from '../balance/consistent-hash.ts';
import { createEndpointPicker } from '../balance/endpoint-picker.ts';
import type { EndpointPicker, EndpointPickerOptions } from '../balance/endpoint-picker.ts';
import { NO_KEY } from '../balance/hash-key.ts';
import { countOwn } from '../balance/own-zone.ts';
import { createSubsetPicker } from '../balance/subset-picker.ts';
import { createZonePicker } from '../balance/zone-picker.ts';
import type { EndpointCell } from './endpoint-cell.ts';
import type { HealthGroup } from './health-group.ts';

/** What is known of the endpoints that a picker chooses among. */
export interface Availability {
  readonly group: HealthGroup;
  /** In the order of the endpoints. */
  readonly cells: readonly EndpointCell[];
  /** With a smaller share available, in percent, all are taken for it; 0 = never. */
  readonly panicPercent: number;
}

/** Held back so often in a row, a request goes where it came to: nearly all endpoints are new then. */
const MAX_DRAWS = 8;
/** In thousandths. */
const FULL_SHARE = 1000;

/**
 * Picks among the endpoints that are available, as a picker of `balance` does; -1 where none is and panic is ruled out. Consistent
 * hashing moves the keys of those that are not, and no others. As long as nothing changes, a pick costs one comparison more.
 */
export class AvailablePicker implements EndpointPicker {
  readonly #balance: Balance;
  readonly #options: EndpointPickerOptions;
  readonly #availability: Availability;
  /** Over all endpoints, whatever their zone. */
  readonly #whole: EndpointPicker;
  /** The same, where it goes by a key and there are several. */
  readonly #hash: HashPicker | undefined;
  #current: EndpointPicker;
  #generation: number;

  constructor(balance: Balance, options: EndpointPickerOptions, availability: Availability) {
    this.#balance = balance;
    this.#options = options;
    this.#availability = availability;
    this.#hash = isHash(balance) && options.names.length > 1 ? createHashPicker(options) : undefined;
    this.#whole = this.#hash ?? createEndpointPicker(balance, options);
    this.#generation = availability.group.generation;
    this.#current = this.#choose();
  }

  pick(excluded = -1, key = NO_KEY): number {
    const { group } = this.#availability;
    if (group.generation !== this.#generation) {
      // Noted first: what changes while it is looked at is looked at once more.
      this.#generation = group.generation;
      this.#current = this.#choose();
    }
    const index = this.#current.pick(excluded, key);
    // Whose key it is must not depend on chance.
    if (group.rampingCount === 0 || this.#hash !== undefined) return index;
    return this.#pickByShare(index, excluded);
  }

  #choose(): EndpointPicker {
    const { cells } = this.#availability;
    const available = cells.flatMap(({ isAvailable }, index) => (isAvailable ? [index] : []));
    if (this.#isPanic(available)) return this.#whole;
    if (this.#options.zone !== undefined) return createZonePicker(this.#balance, this.#options, available);
    if (available.length === cells.length) return this.#whole;
    const balance = isHash(this.#balance) ? 'random' : this.#balance;
    const some = createSubsetPicker(balance, this.#options, available);
    return this.#hash === undefined || available.length < 2 ? some : hashAmong(this.#hash, some, new Set(available));
  }

  /** Of a preferred zone that can do its work, the loss of all others is no reason to use what fails. */
  #isPanic(available: readonly number[]): boolean {
    const { cells, panicPercent } = this.#availability;
    const { zone } = this.#options;
    const isTooFew = (some: number, all: number): boolean => some * 100 < panicPercent * all;
    if (!isTooFew(available.length, cells.length)) return false;
    return zone === undefined || isTooFew(countOwn(zone, available), countOwn(zone, [...cells.keys()]));
  }

  /** An endpoint that has part of its share gets that part of what would come to it; the rest goes to others. */
  #pickByShare(first: number, excluded: number): number {
    const { cells } = this.#availability;
    let index = first;
    for (let draw = 1; draw < MAX_DRAWS && index >= 0; draw++) {
      const heldBack = index === excluded ? FULL_SHARE : cells[index]!.heldBack;
      if (heldBack === 0 || this.#options.random.next() * FULL_SHARE >= heldBack) return index;
      index = this.#current.pick(index);
    }
    return index;
  }
}

function isHash(balance: Balance): balance is ConsistentHash {
  return typeof balance === 'object' && balance.kind === 'consistentHash';
}

function hashAmong(hash: HashPicker, keyless: EndpointPicker, usable: ReadonlySet<number>): EndpointPicker {
  return {
    pick(excluded = -1, key = NO_KEY) {
      const index = key === NO_KEY ? -1 : hash.pickUsable(key, excluded, candidate => usable.has(candidate));
      return index === -1 ? keyless.pick(excluded) : index;
    },
  };
}
