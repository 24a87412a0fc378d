// SPDX-License-Identifier: Apache-2.0
import type { WriteChunk } from '@weir/telemetry';

/** Size of the shared memory that tells whose turn it is. */
export const LOG_TURN_BYTES = Int32Array.BYTES_PER_ELEMENT;
const NOBODY = 0;
const LINE_FEED = 0x0a;

/** One worker's view of the turn that all workers' logs share. */
export interface LogTurn {
  readonly memory: SharedArrayBuffer;
  /** Which worker; no two that live have the same. */
  readonly column: number;
}

/** The log writer tries again after a moment, as it does when a pipe is full. */
const NOT_NOW = Object.assign(new Error('another worker is writing'), { code: 'EAGAIN' });

/**
 * Lets one worker at a time write to what they share: a pipe cuts long writes up and would mix the lines of several workers. The
 * turn ends with a whole line, so that a write which the pipe took a part of is not interrupted either.
 */
export function writeInTurn(write: WriteChunk, { memory, column }: LogTurn): WriteChunk {
  const word = new Int32Array(memory);
  const own = column + 1;
  return (chunk, done) => {
    const holder = Atomics.compareExchange(word, 0, NOBODY, own);
    if (holder !== NOBODY && holder !== own) {
      queueMicrotask(() => done(NOT_NOW, 0));
      return;
    }
    write(chunk, (error, writtenBytes) => {
      const isOver = error === undefined ? chunk[writtenBytes - 1] === LINE_FEED : error.code !== 'EAGAIN';
      if (isOver) Atomics.store(word, 0, NOBODY);
      done(error, writtenBytes);
    });
  };
}

/** Takes the turn from a worker that is gone, if it had it. */
export function endTurn({ memory, column }: LogTurn): void {
  Atomics.compareExchange(new Int32Array(memory), 0, column + 1, NOBODY);
}
