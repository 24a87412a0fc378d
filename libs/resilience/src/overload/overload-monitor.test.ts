// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OverloadMonitor, PRESSURES, PRIORITIES } from './overload-monitor.ts';
import type { OverloadSample } from './overload-monitor.ts';
import { StandingDelay } from './standing-delay.ts';

const CALM: OverloadSample = { memory: 0.5, heap: 0.5, 'event loop': 5, requests: 0.1 };

function levelsOf(...samples: readonly Partial<OverloadSample>[]): readonly number[] {
  const monitor = new OverloadMonitor();
  return samples.map(sample => {
    monitor.observe({ ...CALM, ...sample });
    return monitor.level;
  });
}

describe('an overload monitor', () => {
  it.each(['memory', 'heap', 'requests'] as const)('refuses the least important first as %s runs out', pressure => {
    const shares = [0.84, 0.85, 0.9, 0.95, 0.98, 1];
    expect(levelsOf(...shares.map(share => ({ [pressure]: share })))).toEqual([0, 1, 2, 3, 4, 4]);
  });

  it('never refuses what is critical for a late event loop', () => {
    expect(levelsOf(...[199, 200, 400, 800, 100_000].map(late => ({ 'event loop': late })))).toEqual([0, 1, 2, 3, 3]);
  });

  it('goes on for a while when it gets better, and then ends', () => {
    expect(levelsOf({ memory: 0.9 }, { memory: 0.86 }, { memory: 0.84 }, { memory: 0.8 }, { memory: 0.79 })).toEqual([
      2, 2, 1, 1, 0,
    ]);
  });

  it('says what decided', () => {
    const monitor = new OverloadMonitor();
    monitor.observe({ ...CALM, memory: 0.86, heap: 0.96 });
    expect([monitor.level, monitor.pressure]).toEqual([3, 'heap']);
  });

  it('sheds nobody who is more important than somebody it bears', () => {
    const share = fc.double({ min: 0, max: 1.1, noNaN: true });
    const sample = fc.record({ memory: share, heap: share, requests: share, 'event loop': fc.nat(2_000) });
    fc.assert(
      fc.property(fc.array(sample), samples => {
        const monitor = new OverloadMonitor();
        for (const one of samples) {
          monitor.observe(one);
          const shed = PRIORITIES.map(priority => monitor.sheds(priority));
          expect(shed).toEqual(shed.toSorted((left, right) => Number(right) - Number(left)));
          expect(PRESSURES).toContain(monitor.pressure);
        }
        // Calm ends it, whatever was before.
        monitor.observe(CALM);
        expect(monitor.level).toBe(0);
      }),
    );
  });
});

describe('a standing delay', () => {
  it('is the least of the last: one late tick is none', () => {
    const delay = new StandingDelay(100, 0);
    let nowMs = 0;
    const late = (byMs: number): number => delay.tick((nowMs += 100 + byMs));
    expect([5, 900, 5, 300, 300, 300, 300, 400, 5].map(late)).toEqual([0, 0, 0, 0, 5, 5, 5, 300, 5]);
  });
});
