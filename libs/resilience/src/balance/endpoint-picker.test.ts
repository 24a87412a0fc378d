// SPDX-License-Identifier: Apache-2.0
import { createScriptedRandom, createSeededRandom } from '@weir/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EndpointLoads } from '../loads/endpoint-loads.ts';
import { createEndpointPicker } from './endpoint-picker.ts';

const KINDS = ['roundRobin', 'leastRequest'] as const;

function loadsOf(...inFlight: readonly number[]): EndpointLoads {
  return { begin: () => undefined, end: () => undefined, inFlight: slot => inFlight[slot] ?? 0 };
}

describe.each(KINDS)('an endpoint picker of kind %s', kind => {
  it('picks -1 from an empty set, and the only endpoint even where it is excluded', () => {
    const options = { loads: loadsOf(), random: createScriptedRandom(0) };
    expect(createEndpointPicker(kind, { ...options, slots: [] }).pick()).toBe(-1);
    expect(createEndpointPicker(kind, { ...options, slots: [7] }).pick(0)).toBe(0);
  });

  it('picks inside the set and avoids the excluded endpoint where there is another', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), fc.integer({ min: -1, max: 7 }), fc.integer(), (count, excluded, seed) => {
        const slots = Array.from({ length: count }, (_, slot) => slot);
        const picker = createEndpointPicker(kind, { slots, loads: loadsOf(), random: createSeededRandom(seed) });
        const picked = new Set(Array.from({ length: 200 }, () => picker.pick(excluded)));
        expect(picked).toEqual(new Set(slots.filter(slot => slot !== excluded)));
      }),
    );
  });
});

describe('round robin', () => {
  it('takes each endpoint in turn', () => {
    const picker = createEndpointPicker('roundRobin', { slots: [0, 1, 2], loads: loadsOf(), random: createScriptedRandom(0.4) });
    expect([picker.pick(), picker.pick(), picker.pick(), picker.pick()]).toEqual([2, 0, 1, 2]);
  });
});

describe('least request', () => {
  it('always prefers the idle one of two', () => {
    const options = { slots: [4, 2], loads: loadsOf(0, 0, 0, 0, 9), random: createSeededRandom(1) };
    const picker = createEndpointPicker('leastRequest', options);
    expect(new Set(Array.from({ length: 100 }, () => picker.pick()))).toEqual(new Set([1]));
  });

  it('never picks the busiest of several', () => {
    const picker = createEndpointPicker('leastRequest', {
      slots: [0, 1, 2, 3],
      loads: loadsOf(1, 5, 1, 1),
      random: createSeededRandom(2),
    });
    expect(Array.from({ length: 300 }, () => picker.pick())).not.toContain(1);
  });

  it('is even among endpoints that are equally loaded', () => {
    const picker = createEndpointPicker('leastRequest', { slots: [0, 1, 2], loads: loadsOf(), random: createSeededRandom(3) });
    const counts = [0, 0, 0];
    for (let i = 0; i < 3_000; i++) counts[picker.pick()]! += 1;
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(120);
  });
});
