// SPDX-License-Identifier: Apache-2.0
import { write } from 'node:fs';
import type { WriteChunk } from './log-writer.ts';

/** Writes to an open file descriptor in the thread pool: a slow disk or pipe does not hold the event loop. */
export function writeToDescriptor(descriptor: number): WriteChunk {
  return (chunk, done) => write(descriptor, chunk, (error, writtenBytes) => done(error ?? undefined, writtenBytes));
}
