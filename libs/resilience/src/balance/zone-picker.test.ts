// SPDX-License-Identifier: Apache-2.0
import type { Balance } from '@weir/policy/snapshot';
import { createManualClock, createSeededRandom } from '@weir/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EndpointLatency } from './endpoint-latency.ts';
import type { EndpointPicker } from './endpoint-picker.ts';
import { EndpointUtilization } from './endpoint-utilization.ts';
import { ownZoneOf } from './own-zone.ts';
import { pickUntried } from './pick-untried.ts';
import { createZonePicker } from './zone-picker.ts';

const UTILIZATION = { kind: 'utilization', blackoutMs: 0, expiryMs: 1000, errorPenalty: 1 } as const;
const KINDS: readonly Balance[] = ['roundRobin', 'leastRequest', 'random', 'peakEwma', UTILIZATION];

interface Lab {
  readonly kind?: Balance;
  /** Of each endpoint. */
  readonly zones: readonly string[];
  readonly spillOverAbove?: number;
  /** Requests in flight; an endpoint that is not there has none. */
  readonly loads?: readonly number[];
  readonly usable?: readonly number[];
}

/** A picker of a gateway in zone `a`. */
function pickerOf({ kind = 'random', zones, spillOverAbove = 0, loads = [], usable }: Lab): EndpointPicker {
  const endpoints = zones.map((zone, index) => ({ address: `10.0.0.${index}`, port: 80, zone }));
  const clock = createManualClock();
  const options = {
    names: endpoints.map(({ address }) => `${address}:80`),
    slots: endpoints.map((_, index) => index),
    loads: { begin: () => undefined, end: () => undefined, inFlight: (slot: number) => loads[slot] ?? 0 },
    latencies: endpoints.map(() => new EndpointLatency(clock)),
    utilizations: endpoints.map(() => new EndpointUtilization(UTILIZATION, 0)),
    clock,
    random: createSeededRandom(3),
    zone: ownZoneOf({ endpoints, zonePreference: { spillOverAbove } }, { zone: 'a', node: '' }),
  };
  return createZonePicker(kind, options, usable);
}

function picksOf(picker: EndpointPicker, excluded?: number): ReadonlySet<number> {
  return new Set(Array.from({ length: 200 }, () => picker.pick(excluded)));
}

describe.each(KINDS)('a picker that prefers a zone, of kind %j', kind => {
  it('picks in the own zone, all of it', () => {
    expect(picksOf(pickerOf({ kind, zones: ['b', 'a', 'c', 'a', '', 'a'] }))).toEqual(new Set([1, 3, 5]));
  });

  it('avoids what is excluded, and leaves the zone for that only where there is no other', () => {
    expect(picksOf(pickerOf({ kind, zones: ['a', 'b', 'a'] }), 0)).toEqual(new Set([2]));
    expect(picksOf(pickerOf({ kind, zones: ['a', 'b', 'b'] }), 0)).toEqual(new Set([1, 2]));
    expect(picksOf(pickerOf({ kind, zones: ['a', 'b', 'b'] }), 1)).toEqual(new Set([0]));
  });

  it('picks everywhere where the zone has no endpoint that is usable, or no other has one', () => {
    expect(picksOf(pickerOf({ kind, zones: ['a', 'b', 'c'], usable: [1, 2] }))).toEqual(new Set([1, 2]));
    expect(picksOf(pickerOf({ kind, zones: ['a', 'a', 'a', 'c'], usable: [1] }))).toEqual(new Set([1]));
    expect(picksOf(pickerOf({ kind, zones: ['a', 'b'], usable: [] }))).toEqual(new Set([-1]));
  });

  it('has another attempt at each endpoint before any has two', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', ''), { minLength: 1, maxLength: 8 }), zones => {
        const picker = pickerOf({ kind, zones });
        let last = picker.pick();
        const tried = new Set([last]);
        while (tried.size < zones.length) {
          last = pickUntried(picker, { tried, last, count: zones.length, isUsable: () => true, key: undefined });
          expect(tried).not.toContain(last);
          tried.add(last);
        }
      }),
    );
  });
});

describe('a zone whose endpoints have much to do', () => {
  const zones = ['a', 'b', 'b'];

  it('keeps all requests while no bound is written', () => {
    expect(picksOf(pickerOf({ zones, loads: [10_000] }))).toEqual(new Set([0]));
  });

  it('keeps what an endpoint may have in flight, and not the one above', () => {
    expect(picksOf(pickerOf({ zones, spillOverAbove: 5, loads: [4] }))).toEqual(new Set([0]));
    expect(picksOf(pickerOf({ zones, spillOverAbove: 5, loads: [5] }))).toEqual(new Set([1, 2]));
  });

  it('keeps what would have no less to wait for elsewhere', () => {
    expect(picksOf(pickerOf({ zones, spillOverAbove: 5, loads: [7, 7, 9] }))).toEqual(new Set([0]));
    expect(picksOf(pickerOf({ zones, spillOverAbove: 5, loads: [7, 6, 6] }))).toEqual(new Set([1, 2]));
  });

  it('does not go back to an endpoint that is excluded', () => {
    expect(picksOf(pickerOf({ zones: ['a', 'b'], spillOverAbove: 1, loads: [9, 0] }), 1)).toEqual(new Set([0]));
  });
});
