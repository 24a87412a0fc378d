// SPDX-License-Identifier: Apache-2.0
import { createManualClock, createSeededRandom } from '@weir/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ownZoneOf } from '../balance/own-zone.ts';
import { AvailablePicker } from './available-picker.ts';
import { createCellMemory, EndpointCell } from './endpoint-cell.ts';
import { createGroupMemory, HealthGroup } from './health-group.ts';

/** Enough for each endpoint that may be picked to be, as good as certainly. */
const DRAWS = 3000;
/** Five standard deviations of as many draws. */
const TOLERANCE = 0.046;

interface State {
  readonly isOwn: boolean;
  readonly isAvailable: boolean;
}

interface Expected {
  readonly usable: readonly number[];
  /** Of all requests, those to the own zone. */
  readonly share: number;
}

/** What should come of it, in plain words. */
function model(states: readonly State[], panicPercent: number): Expected {
  const all = states.map((state, index) => ({ ...state, index }));
  const own = all.filter(one => one.isOwn);
  const [available, ownAvailable] = [all, own].map(some => some.filter(one => one.isAvailable)) as [typeof all, typeof all];
  const isBelow = (some: readonly State[], whole: readonly State[]): boolean => some.length / whole.length < panicPercent / 100;
  if (isBelow(available, all) && isBelow(ownAvailable, own)) {
    return { usable: [...all.keys()], share: own.length / all.length };
  }
  const elsewhere = available.filter(one => !one.isOwn);
  // In whole numbers, so that five of seven are exactly enough.
  const usual = Math.min(1, (14 * ownAvailable.length) / (10 * own.length));
  const share = elsewhere.length === 0 ? 1 : usual;
  const usable = [...(share === 0 ? [] : ownAvailable), ...(share === 1 ? [] : elsewhere)].map(({ index }) => index);
  return { usable, share };
}

function lab(states: readonly State[], kind: 'leastRequest' | 'random' | 'roundRobin', panicPercent: number) {
  const group = new HealthGroup(createGroupMemory());
  const cells = states.map(() => new EndpointCell(createCellMemory()));
  const endpoints = states.map(({ isOwn }, index) => ({ address: `10.0.0.${index}`, port: 80, zone: isOwn ? 'a' : 'b' }));
  const options = {
    names: endpoints.map(({ address }) => address),
    slots: [...endpoints.keys()],
    loads: { begin: () => undefined, end: () => undefined, inFlight: () => 0 },
    latencies: [],
    utilizations: [],
    clock: createManualClock(),
    random: createSeededRandom(11),
    zone: ownZoneOf({ endpoints, zonePreference: { spillOverAbove: 0 } }, { zone: 'a', node: '' }),
  };
  return { group, cells, picker: new AvailablePicker(kind, options, { group, cells, panicPercent }) };
}

const STATES = fc
  .array(fc.record({ isOwn: fc.boolean(), isAvailable: fc.boolean() }), { minLength: 2, maxLength: 9 })
  .filter(states => new Set(states.map(({ isOwn }) => isOwn)).size === 2);

describe.each(['random', 'roundRobin', 'leastRequest'] as const)(
  'a preferred zone of which endpoints are not available: %s',
  kind => {
    it('gets what it can bear, and the others the rest', () => {
      fc.assert(
        fc.property(STATES, fc.constantFrom(0, 30, 50, 100), (states, panicPercent) => {
          const { cells, group, picker } = lab(states, kind, panicPercent);
          // One after the other: what comes of it must not hang on the way there.
          for (const [index, cell] of cells.entries()) {
            cell.setHealthy(states[index]?.isAvailable === true, group);
            picker.pick();
          }
          const picks = Array.from({ length: DRAWS }, () => picker.pick());
          const { usable, share } = model(states, panicPercent);
          expect(new Set(picks)).toEqual(new Set(usable.length === 0 ? [-1] : usable));
          const ownCount = picks.filter(index => states[index]?.isOwn).length;
          if (usable.length > 0) expect(Math.abs(ownCount / DRAWS - share)).toBeLessThan(TOLERANCE);
        }),
      );
    });
  },
);

describe('slow start in a preferred zone', () => {
  it('gives the others what its only endpoint is held back from', () => {
    const states = [true, false, false].map(isOwn => ({ isOwn, isAvailable: true }));
    const { cells, group, picker } = lab(states, 'random', 50);
    cells[0]?.holdBack(900);
    group.setRampingCount(1);
    const ownCount = Array.from({ length: 2000 }, () => picker.pick()).filter(index => index === 0).length;
    expect(ownCount).toBeGreaterThan(120);
    expect(ownCount).toBeLessThan(400);
  });
});
