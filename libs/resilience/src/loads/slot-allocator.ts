// SPDX-License-Identifier: Apache-2.0

/** Gives each endpoint that is in use a number, the same one to everybody who asks. */
export interface SlotAllocator {
  /** The slot of `address:port`, taken once more: each call needs one `release`. Beyond the capacity slots go on counting up. */
  acquire(endpoint: string): number;
  /** Gives one hold back; the last one frees the slot for another endpoint. An endpoint that holds none is an error. */
  release(endpoint: string): void;
}

/**
 * Slots for the shared load table, handed out on the main thread: those of the table before those beyond it,
 * which only count for one worker each.
 */
export function createSlotAllocator(capacity: number): SlotAllocator {
  const holds = new Map<string, { readonly slot: number; count: number }>();
  // Apart, so that a slot beyond the table is only taken while the table is full.
  const freeShared: number[] = [];
  const freeBeyond: number[] = [];
  let next = 0;
  return {
    acquire(endpoint) {
      const held = holds.get(endpoint);
      if (held) {
        held.count += 1;
        return held.slot;
      }
      const slot = freeShared.pop() ?? (next < capacity ? next++ : (freeBeyond.pop() ?? next++));
      holds.set(endpoint, { slot, count: 1 });
      return slot;
    },
    release(endpoint) {
      const held = holds.get(endpoint);
      if (!held) throw new RangeError(`endpoint ${endpoint} is released more often than it was acquired`);
      held.count -= 1;
      if (held.count > 0) return;
      holds.delete(endpoint);
      (held.slot < capacity ? freeShared : freeBeyond).push(held.slot);
    },
  };
}
