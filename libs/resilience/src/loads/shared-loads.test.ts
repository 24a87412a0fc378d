// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSharedLoads, sharedLoadsBytes, zeroColumn } from './shared-loads.ts';

function twoWorkers(slotCount: number) {
  const buffer = new SharedArrayBuffer(sharedLoadsBytes(slotCount, 2));
  const loads = [0, 1].map(workerIndex => createSharedLoads(buffer, { workerIndex, workerCount: 2 }));
  return { buffer, loads };
}

describe('shared loads', () => {
  it('are summed over the workers', () => {
    const { loads } = twoWorkers(4);
    loads[0]?.begin(1);
    loads[1]?.begin(1);
    loads[1]?.begin(2);
    expect([0, 1, 2].map(slot => loads[0]?.inFlight(slot))).toEqual([0, 2, 1]);
  });

  it('lose what a dead worker had in flight, and nothing else', () => {
    const { buffer, loads } = twoWorkers(4);
    loads[0]?.begin(3);
    loads[1]?.begin(3);
    zeroColumn(buffer, { workerIndex: 0, workerCount: 2 });
    expect(loads[1]?.inFlight(3)).toBe(1);
  });

  it('count slots outside the table for one worker only', () => {
    const { loads } = twoWorkers(16);
    for (const slot of [-1, 16, 99]) {
      loads[0]?.begin(slot);
      expect([loads[0]?.inFlight(slot), loads[1]?.inFlight(slot)]).toEqual([1, 0]);
      loads[0]?.end(slot);
      expect(loads[0]?.inFlight(slot)).toBe(0);
    }
  });

  it('refuse a worker that has no column', () => {
    const buffer = new SharedArrayBuffer(sharedLoadsBytes(4, 2));
    expect(() => createSharedLoads(buffer, { workerIndex: 2, workerCount: 2 })).toThrow(
      'worker 2 has no column in a table of 2 workers',
    );
  });

  it('leak nothing: after every begin has its end, all counts are 0', () => {
    const slot = fc.integer({ min: -1, max: 40 });
    fc.assert(
      fc.property(fc.array(fc.record({ worker: fc.integer({ min: 0, max: 1 }), slot })), calls => {
        const { loads } = twoWorkers(20);
        for (const call of calls) loads[call.worker]?.begin(call.slot);
        for (const call of calls.toReversed()) loads[call.worker]?.end(call.slot);
        for (let i = -1; i <= 40; i++) expect([loads[0]?.inFlight(i), loads[1]?.inFlight(i)]).toEqual([0, 0]);
      }),
    );
  });
});
