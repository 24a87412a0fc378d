// SPDX-License-Identifier: Apache-2.0
import type { Balance } from '@weir/policy/snapshot';
import { createEndpointPicker } from './endpoint-picker.ts';
import type { EndpointPicker, EndpointPickerOptions } from './endpoint-picker.ts';
import type { OwnZone } from './own-zone.ts';
import { createSubsetPicker } from './subset-picker.ts';

/**
 * As Envoy's overprovisioning factor: how much more than its share an endpoint is expected to bear. So a zone that has lost two of
 * seven endpoints still takes all that comes to it.
 */
const OVERPROVISIONING = 1.4;

/**
 * Picks in the gateway's own zone, by the same balancer, as long as what is usable there suffices, and else among the others; of kinds
 * that go by a key it is not for. Where no zone is preferred it is the balancer itself. `usable`: indexes; all unless given.
 */
export function createZonePicker(
  balance: Balance,
  options: EndpointPickerOptions,
  usable: readonly number[] = options.names.map((_, index) => index),
): EndpointPicker {
  const { zone } = options;
  if (zone === undefined) return createEndpointPicker(balance, options);
  const own = usable.filter(index => zone.isOwn[index]);
  const elsewhere = usable.filter(index => !zone.isOwn[index]);
  if (own.length === 0 || elsewhere.length === 0) return createSubsetPicker(balance, options, usable);
  return new ZonePicker(options, {
    zone,
    share: ownShare(own.length, zone),
    own: createSubsetPicker(balance, options, own),
    elsewhere: createSubsetPicker(balance, options, elsewhere),
  });
}

/** Of all requests, what the own zone takes with so many of its endpoints. */
function ownShare(usableCount: number, { isOwn }: OwnZone): number {
  return Math.min(1, (OVERPROVISIONING * usableCount) / isOwn.filter(Boolean).length);
}

interface ZoneSides {
  readonly zone: OwnZone;
  /** Of the requests that come, what goes to the own zone, from above 0 to 1. */
  readonly share: number;
  readonly own: EndpointPicker;
  readonly elsewhere: EndpointPicker;
}

class ZonePicker implements EndpointPicker {
  readonly #options: Pick<EndpointPickerOptions, 'loads' | 'random' | 'slots'>;
  readonly #sides: ZoneSides;

  constructor(options: Pick<EndpointPickerOptions, 'loads' | 'random' | 'slots'>, sides: ZoneSides) {
    this.#options = options;
    this.#sides = sides;
  }

  pick(excluded = -1): number {
    const { share, own, elsewhere } = this.#sides;
    const isOwn = share === 1 || this.#options.random.next() < share;
    const index = (isOwn ? own : elsewhere).pick(excluded);
    // Excluded, and all the same picked: it is the only one on its side.
    if (index === excluded) return (isOwn ? elsewhere : own).pick(excluded);
    return isOwn ? this.#relieve(index, excluded) : index;
  }

  /** What is too much for an endpoint of the own zone goes to one elsewhere that has less to do. */
  #relieve(index: number, excluded: number): number {
    const { zone, elsewhere } = this.#sides;
    if (zone.spillOverAbove === Infinity) return index;
    const load = this.#inFlight(index);
    if (load < zone.spillOverAbove) return index;
    const other = elsewhere.pick(excluded);
    return other !== excluded && this.#inFlight(other) < load ? other : index;
  }

  #inFlight(index: number): number {
    const { slots, loads } = this.#options;
    return loads.inFlight(slots[index]!);
  }
}
