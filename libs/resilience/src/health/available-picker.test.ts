// SPDX-License-Identifier: Apache-2.0
import type { Balance } from '@weir/policy/snapshot';
import { createManualClock, createSeededRandom } from '@weir/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EndpointLatency } from '../balance/endpoint-latency.ts';
import { EndpointUtilization } from '../balance/endpoint-utilization.ts';
import { AvailablePicker } from './available-picker.ts';
import { createCellMemory, EndpointCell } from './endpoint-cell.ts';
import { createGroupMemory, HealthGroup } from './health-group.ts';

const HASH = { kind: 'consistentHash', by: 'address', name: '' } as const;
const UTILIZATION = { kind: 'utilization', blackoutMs: 0, expiryMs: 1000, errorPenalty: 1 } as const;
const KINDS: readonly Balance[] = ['roundRobin', 'leastRequest', 'random', 'peakEwma', HASH, UTILIZATION];
const NO_LOADS = { begin: () => undefined, end: () => undefined, inFlight: () => 0 };

function lab(kind: Balance, count: number, panicPercent = 50) {
  const group = new HealthGroup(createGroupMemory());
  const cells = Array.from({ length: count }, () => new EndpointCell(createCellMemory()));
  const clock = createManualClock();
  const picker = new AvailablePicker(
    kind,
    {
      names: cells.map((_, index) => `10.0.0.${index}:80`),
      slots: cells.map((_, index) => index),
      loads: NO_LOADS,
      latencies: cells.map(() => new EndpointLatency(clock)),
      utilizations: cells.map(() => new EndpointUtilization(UTILIZATION, 0)),
      clock,
      random: createSeededRandom(7),
    },
    { group, cells, panicPercent },
  );
  const setHealthy = (index: number, isHealthy: boolean): void => cells[index]?.setHealthy(isHealthy, group);
  const shares = (draws: number, key?: number): readonly number[] => {
    const counts = cells.map(() => 0);
    for (let i = 0; i < draws; i++) counts[picker.pick(-1, key)]! += 1;
    return counts;
  };
  return { picker, group, cells, setHealthy, shares };
}

describe.each(KINDS)('a picker of kind %j', kind => {
  it('picks available endpoints only, all of them, and all when too few are left', () => {
    const masks = fc.array(fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(masks, fc.constantFrom(0, 50, 100), (states, panicPercent) => {
        const { picker, setHealthy } = lab(kind, 6, panicPercent);
        for (const state of states) {
          for (const [index, isHealthy] of state.entries()) setHealthy(index, isHealthy);
          const available = state.flatMap((isHealthy, index) => (isHealthy ? [index] : []));
          const isPanic = available.length * 100 < panicPercent * 6;
          const usable = isPanic ? [0, 1, 2, 3, 4, 5] : available;
          const expected = usable.length === 0 ? [-1] : usable;
          const picked = new Set(Array.from({ length: 150 }, (_, i) => picker.pick(-1, kind === HASH ? i * 7919 : undefined)));
          expect(picked).toEqual(new Set(expected));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('avoids the endpoint of the attempt before as long as there is another that is available', () => {
    const { picker, setHealthy } = lab(kind, 3, 0);
    setHealthy(0, false);
    for (let key = 0; key < 50; key++) expect(picker.pick(1, key)).toBe(2);
    setHealthy(2, false);
    expect(picker.pick(1, 5)).toBe(1);
  });
});

describe('consistent hashing', () => {
  it('moves the keys of those that are gone, and brings them home again', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(9), { minLength: 1, maxLength: 5 }), gone => {
        const { picker, setHealthy } = lab(HASH, 10);
        const keys = Array.from({ length: 100 }, (_, key) => key * 104_729);
        const homes = keys.map(key => picker.pick(-1, key));
        for (const index of gone) setHealthy(index, false);
        keys.forEach((key, i) => {
          const index = picker.pick(-1, key);
          if (gone.includes(homes[i]!)) expect(gone).not.toContain(index);
          else expect(index).toBe(homes[i]);
        });
        for (const index of gone) setHealthy(index, true);
        expect(keys.map(key => picker.pick(-1, key))).toEqual(homes);
      }),
      { numRuns: 20 },
    );
  });
});

describe('an endpoint that is held back', () => {
  it.each(['roundRobin', 'leastRequest', 'random'] as const)('gets about that part of its share: %s', kind => {
    const { cells, group, shares } = lab(kind, 4);
    cells[1]?.holdBack(900);
    group.setRampingCount(1);
    const [, slow = 0] = shares(8000);
    // A tenth of the fourth that it would have.
    expect(slow).toBeGreaterThan(120);
    expect(slow).toBeLessThan(300);
  });

  it('has as much as the others where all are', () => {
    const { cells, group, shares } = lab('random', 4);
    for (const cell of cells) cell.holdBack(900);
    group.setRampingCount(4);
    for (const count of shares(4000)) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('keeps its keys', () => {
    const { cells, group, picker } = lab(HASH, 4);
    const homes = Array.from({ length: 50 }, (_, key) => picker.pick(-1, key));
    for (const cell of cells) cell.holdBack(900);
    group.setRampingCount(4);
    expect(Array.from({ length: 50 }, (_, key) => picker.pick(-1, key))).toEqual(homes);
  });
});
