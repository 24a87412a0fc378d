// SPDX-License-Identifier: Apache-2.0
import type { Balance } from '@weir/policy/snapshot';
import { createEndpointPicker } from './endpoint-picker.ts';
import type { EndpointPicker, EndpointPickerOptions } from './endpoint-picker.ts';

/** A picker over some of the endpoints, which speaks of them by their places among all; -1 where there are none. */
export function createSubsetPicker(balance: Balance, options: EndpointPickerOptions, indexes: readonly number[]): EndpointPicker {
  const { names, slots, latencies, utilizations } = options;
  const picker = createEndpointPicker(balance, {
    ...options,
    names: indexes.map(index => names[index]!),
    slots: indexes.map(index => slots[index]!),
    latencies: latencies.length === 0 ? latencies : indexes.map(index => latencies[index]!),
    utilizations: utilizations.length === 0 ? utilizations : indexes.map(index => utilizations[index]!),
  });
  const places = new Map(indexes.map((index, place) => [index, place]));
  return { pick: (excluded = -1) => indexes[picker.pick(places.get(excluded) ?? -1)] ?? -1 };
}
