// SPDX-License-Identifier: Apache-2.0
import type { EndpointLoads } from './endpoint-loads.ts';

/** Which column of the shared table a worker writes. */
export interface SharedLoadsLayout {
  readonly workerIndex: number;
  readonly workerCount: number;
}

/** A column begins on a cache line of its own: a line written by two workers would travel between their cores at each request. */
const CELLS_PER_LINE = 16;

/** Size of the buffer for `slotCount` endpoints (rounded up to whole cache lines) and `workerCount` workers. */
export function sharedLoadsBytes(slotCount: number, workerCount: number): number {
  return Math.ceil(slotCount / CELLS_PER_LINE) * CELLS_PER_LINE * workerCount * Int32Array.BYTES_PER_ELEMENT;
}

/**
 * Counts in a table with a column per worker: only its worker writes a cell, so plain stores suffice, and a dead worker's
 * requests go by zeroing its column. Slots outside the table (-1 = not known yet) are counted for this worker alone.
 */
export function createSharedLoads(buffer: SharedArrayBuffer, { workerIndex, workerCount }: SharedLoadsLayout): EndpointLoads {
  assertColumn(workerIndex, workerCount);
  const cells = new Int32Array(buffer);
  const slotCount = slotsPerColumn(buffer, workerCount);
  const own = cells.subarray(workerIndex * slotCount, (workerIndex + 1) * slotCount);
  const isShared = (slot: number): boolean => slot >= 0 && slot < slotCount;
  const overflow = new Map<number, number>();
  return {
    begin(slot) {
      if (isShared(slot)) own[slot] = own[slot]! + 1;
      else overflow.set(slot, (overflow.get(slot) ?? 0) + 1);
    },
    end(slot) {
      if (isShared(slot)) own[slot] = own[slot]! - 1;
      else dropOne(overflow, slot);
    },
    inFlight(slot) {
      if (!isShared(slot)) return overflow.get(slot) ?? 0;
      let sum = 0;
      for (let cell = slot; cell < cells.length; cell += slotCount) sum += cells[cell]!;
      return sum;
    },
  };
}

/** Forgets the requests of a worker that died. Call before its replacement starts. */
export function zeroColumn(buffer: SharedArrayBuffer, { workerIndex, workerCount }: SharedLoadsLayout): void {
  assertColumn(workerIndex, workerCount);
  const slotCount = slotsPerColumn(buffer, workerCount);
  new Int32Array(buffer).fill(0, workerIndex * slotCount, (workerIndex + 1) * slotCount);
}

function slotsPerColumn(buffer: SharedArrayBuffer, workerCount: number): number {
  return Math.floor(buffer.byteLength / Int32Array.BYTES_PER_ELEMENT / workerCount);
}

function assertColumn(workerIndex: number, workerCount: number): void {
  if (workerIndex >= 0 && workerIndex < workerCount) return;
  throw new RangeError(`worker ${workerIndex} has no column in a table of ${workerCount} workers`);
}

/** A slot with nothing in flight leaves the map: endpoints come and go for as long as the process lives. */
function dropOne(counts: Map<number, number>, slot: number): void {
  const count = counts.get(slot) ?? 0;
  if (count > 1) counts.set(slot, count - 1);
  else counts.delete(slot);
}
