// SPDX-License-Identifier: Apache-2.0
import type { WriteChunk } from '@weir/telemetry';

/** What POSIX lets a writer put into a pipe in one piece (PIPE_BUF on Linux); more may be mixed with what others write. */
const ATOMIC_BYTES = 4096;
const LINE_FEED = 0x0a;

/** Writes as many whole lines at a time as a pipe takes in one piece, so that the lines of several workers never mix. */
export function writeWholeLines(write: WriteChunk): WriteChunk {
  return (chunk, done) => write(chunk.subarray(0, atomicLength(chunk)), done);
}

/** A single line that is longer goes as it is. */
function atomicLength(chunk: Buffer): number {
  if (chunk.length <= ATOMIC_BYTES) return chunk.length;
  const within = chunk.lastIndexOf(LINE_FEED, ATOMIC_BYTES - 1);
  if (within !== -1) return within + 1;
  const after = chunk.indexOf(LINE_FEED, ATOMIC_BYTES);
  return after === -1 ? chunk.length : after + 1;
}
