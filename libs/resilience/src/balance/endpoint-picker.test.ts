// SPDX-License-Identifier: Apache-2.0
import { createManualClock, createScriptedRandom, createSeededRandom } from '@weir/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EndpointLoads } from '../loads/endpoint-loads.ts';
import { EndpointLatency } from './endpoint-latency.ts';
import { createEndpointPicker } from './endpoint-picker.ts';
import type { EndpointPickerOptions } from './endpoint-picker.ts';

const KINDS = ['roundRobin', 'leastRequest', 'random', 'peakEwma', { kind: 'consistentHash', by: 'address', name: '' }] as const;

function loadsOf(...inFlight: readonly number[]): EndpointLoads {
  return { begin: () => undefined, end: () => undefined, inFlight: slot => inFlight[slot] ?? 0 };
}

/** Endpoints of which nothing is known yet. */
function optionsOf({ slots, ...ports }: Pick<EndpointPickerOptions, 'loads' | 'random' | 'slots'>): EndpointPickerOptions {
  const clock = createManualClock();
  const names = slots.map(slot => `10.0.0.${slot}:8080`);
  return { names, slots, latencies: slots.map(() => new EndpointLatency(clock)), utilizations: [], clock, ...ports };
}

describe.each(KINDS)('an endpoint picker of kind %j', kind => {
  it('picks -1 from an empty set, and the only endpoint even where it is excluded', () => {
    const options = { loads: loadsOf(), random: createScriptedRandom(0) };
    expect(createEndpointPicker(kind, optionsOf({ ...options, slots: [] })).pick()).toBe(-1);
    expect(createEndpointPicker(kind, optionsOf({ ...options, slots: [7] })).pick(0)).toBe(0);
  });

  it('picks inside the set and avoids the excluded endpoint where there is another', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), fc.integer({ min: -1, max: 7 }), fc.integer(), (count, excluded, seed) => {
        const slots = Array.from({ length: count }, (_, slot) => slot);
        const picker = createEndpointPicker(kind, optionsOf({ slots, loads: loadsOf(), random: createSeededRandom(seed) }));
        const picked = new Set(Array.from({ length: 200 }, () => picker.pick(excluded)));
        expect(picked).toEqual(new Set(slots.filter(slot => slot !== excluded)));
      }),
    );
  });
});

describe('round robin', () => {
  it('takes each endpoint in turn', () => {
    const picker = createEndpointPicker(
      'roundRobin',
      optionsOf({ slots: [0, 1, 2], loads: loadsOf(), random: createScriptedRandom(0.4) }),
    );
    expect([picker.pick(), picker.pick(), picker.pick(), picker.pick()]).toEqual([2, 0, 1, 2]);
  });
});

describe('least request', () => {
  it('always prefers the idle one of two', () => {
    const options = { slots: [4, 2], loads: loadsOf(0, 0, 0, 0, 9), random: createSeededRandom(1) };
    const picker = createEndpointPicker('leastRequest', optionsOf(options));
    expect(new Set(Array.from({ length: 100 }, () => picker.pick()))).toEqual(new Set([1]));
  });

  it('never picks the busiest of several', () => {
    const picker = createEndpointPicker(
      'leastRequest',
      optionsOf({ slots: [0, 1, 2, 3], loads: loadsOf(1, 5, 1, 1), random: createSeededRandom(2) }),
    );
    expect(Array.from({ length: 300 }, () => picker.pick())).not.toContain(1);
  });

  it('is even among endpoints that are equally loaded', () => {
    const picker = createEndpointPicker(
      'leastRequest',
      optionsOf({ slots: [0, 1, 2], loads: loadsOf(), random: createSeededRandom(3) }),
    );
    const counts = [0, 0, 0];
    for (let i = 0; i < 3_000; i++) counts[picker.pick()]! += 1;
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(120);
  });
});

describe('random', () => {
  it('is even, with one endpoint excluded too', () => {
    const picker = createEndpointPicker(
      'random',
      optionsOf({ slots: [0, 1, 2, 3], loads: loadsOf(), random: createSeededRandom(4) }),
    );
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 3_000; i++) counts[picker.pick(2)]! += 1;
    expect(counts[2]).toBe(0);
    for (const index of [0, 1, 3]) expect(Math.abs(counts[index]! - 1_000)).toBeLessThan(120);
  });
});

describe('peak EWMA', () => {
  it('picks, of two, the one whose latency times its requests is less', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 2, maxLength: 2 }),
        fc.nat(5),
        fc.nat(5),
        (times, ...inFlight) => {
          const clock = createManualClock();
          const latencies = times.map(() => new EndpointLatency(clock));
          const starts = latencies.map(latency => latency.begin());
          for (const [index, ms] of times.map((time, i) => [i, time] as const).sort(([, left], [, right]) => left - right)) {
            clock.advance(ms - (clock.nowMs() - starts[index]!));
            latencies[index]!.answer(starts[index]!);
          }
          const options = {
            ...optionsOf({ slots: [0, 1], loads: loadsOf(...inFlight), random: createSeededRandom(5) }),
            latencies,
          };
          // Both were measured at different times, and so have faded differently.
          const costs = latencies.map((latency, index) => latency.costMs(inFlight[index]!));
          fc.pre(costs[0] !== costs[1]);
          const picker = createEndpointPicker('peakEwma', options);
          expect(picker.pick()).toBe(costs[0]! < costs[1]! ? 0 : 1);
        },
      ),
    );
  });
});
