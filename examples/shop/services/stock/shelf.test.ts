// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { Shelf } from './shelf.ts';

describe('Shelf', () => {
  it('counts down, and is full again after the last one', () => {
    const shelf = new Shelf({ kayak: 2 });

    expect([shelf.take('kayak'), shelf.take('kayak')]).toEqual([
      { item: 'kayak', left: 1 },
      { item: 'kayak', left: 2 },
    ]);
    expect(shelf.level('kayak')).toEqual({ item: 'kayak', left: 2 });
  });

  it('tells its watchers of each change, until they stop', () => {
    const shelf = new Shelf({ kayak: 4, flask: 9 });
    const seen: unknown[] = [];
    const stop = shelf.watch(level => seen.push(level));

    shelf.take('flask');
    stop();
    shelf.take('kayak');

    expect(seen).toEqual([{ item: 'flask', left: 8 }]);
  });

  it('has nothing of what the shop does not sell', () => {
    const shelf = new Shelf({ kayak: 4 });

    expect(shelf.level('submarine')).toBeUndefined();
    expect(shelf.take('submarine')).toBeUndefined();
  });
});
