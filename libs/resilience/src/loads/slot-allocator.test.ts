// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSlotAllocator } from './slot-allocator.ts';

describe('the slot allocator', () => {
  it('keeps an endpoint on its slot for as long as anybody holds it', () => {
    const slots = createSlotAllocator(8);
    expect([slots.acquire('a'), slots.acquire('b'), slots.acquire('a')]).toEqual([0, 1, 0]);
    slots.release('a');
    expect(slots.acquire('c')).toBe(2);
    slots.release('a');
    expect(slots.acquire('d')).toBe(0);
  });

  it('goes on beyond the capacity and comes back to the table first', () => {
    const slots = createSlotAllocator(1);
    expect([slots.acquire('a'), slots.acquire('b')]).toEqual([0, 1]);
    slots.release('b');
    slots.release('a');
    expect([slots.acquire('c'), slots.acquire('d'), slots.acquire('e')]).toEqual([0, 1, 2]);
  });

  it('refuses to release what nobody holds', () => {
    expect(() => createSlotAllocator(1).release('a')).toThrow('endpoint a is released more often than it was acquired');
  });

  it('never gives two endpoints the same slot', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.boolean())), steps => {
        const allocator = createSlotAllocator(3);
        const held = new Map<string, { slot: number; count: number }>();
        for (const [endpoint, isRelease] of steps) {
          const hold = held.get(endpoint);
          if (!isRelease) {
            held.set(endpoint, { slot: allocator.acquire(endpoint), count: (hold?.count ?? 0) + 1 });
          } else if (hold) {
            allocator.release(endpoint);
            if (--hold.count === 0) held.delete(endpoint);
          }
          const slots = [...held.values()].map(({ slot }) => slot);
          expect(new Set(slots).size).toBe(slots.length);
        }
      }),
    );
  });
});
