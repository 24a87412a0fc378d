// SPDX-License-Identifier: Apache-2.0
import type { SpanBacklog } from '@weir/telemetry';

/** Memory in which each worker counts the spans that it has handed over, and the main thread those that it has taken. */
export function createSpanBacklogs(columnCount: number): SharedArrayBuffer {
  return new SharedArrayBuffer(columnCount * Int32Array.BYTES_PER_ELEMENT);
}

/** One worker's view: messages between threads wait without any bound of their own. */
export function spanBacklogOf(backlogs: SharedArrayBuffer, column: number): SpanBacklog {
  const words = new Int32Array(backlogs);
  return {
    get count() {
      return Atomics.load(words, column);
    },
    add: count => void Atomics.add(words, column, count),
  };
}

/** A column is given to another worker. */
export function clearSpanBacklog(backlogs: SharedArrayBuffer, column: number): void {
  Atomics.store(new Int32Array(backlogs), column, 0);
}
