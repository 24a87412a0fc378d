// SPDX-License-Identifier: Apache-2.0
import type { Random } from '@weir/base';
import { WAYS } from './fingerprint-index.ts';
import { SLICES } from './sliding-windows.ts';

export interface RateTableSize {
  /** Keys of token buckets that are remembered, at least; 8 bytes each. */
  readonly tokenBuckets: number;
  /** Keys of sliding windows that are remembered, at least; 72 bytes each. */
  readonly slidingWindows: number;
}

/** The parts of the shared memory, as one worker sees them. */
export interface RateBufferViews {
  readonly secretLow: number;
  readonly secretHigh: number;
  readonly bucketFingerprints: Int32Array;
  readonly bucketMoments: Int32Array;
  readonly windowFingerprints: Int32Array;
  readonly windowSlices: Int32Array;
}

const HEADER = { bucketEntries: 0, windowEntries: 1, secretLow: 2, secretHigh: 3 } as const;
/** A cache line, so that neighbourhoods do not lie across two. */
const HEADER_WORDS = 16;
const SECRET_BYTES = 8;

/**
 * Memory for the rate counters of a process, made once on the main thread and handed to every worker. Sizes are rounded up to
 * `WAYS` times a power of two. The secret of the hash is in it: it does not leave the process.
 */
export function createRateBuffer({ tokenBuckets, slidingWindows }: RateTableSize, random: Random): SharedArrayBuffer {
  const bucketEntries = roundedUp(tokenBuckets);
  const windowEntries = roundedUp(slidingWindows);
  const words = HEADER_WORDS + bucketEntries * 2 + windowEntries * (1 + SLICES);
  const buffer = new SharedArrayBuffer(words * Int32Array.BYTES_PER_ELEMENT);
  const header = new Int32Array(buffer, 0, HEADER_WORDS);
  const secret = random.hex(SECRET_BYTES);
  header[HEADER.bucketEntries] = bucketEntries;
  header[HEADER.windowEntries] = windowEntries;
  header[HEADER.secretLow] = Number.parseInt(secret.slice(0, SECRET_BYTES), 16);
  header[HEADER.secretHigh] = Number.parseInt(secret.slice(SECRET_BYTES), 16);
  return buffer;
}

export function rateBufferViews(buffer: SharedArrayBuffer): RateBufferViews {
  const words = new Int32Array(buffer);
  const bucketEntries = words[HEADER.bucketEntries]!;
  const windowEntries = words[HEADER.windowEntries]!;
  let from = HEADER_WORDS;
  const next = (count: number): Int32Array => words.subarray(from, (from += count));
  return {
    secretLow: words[HEADER.secretLow]!,
    secretHigh: words[HEADER.secretHigh]!,
    bucketFingerprints: next(bucketEntries),
    bucketMoments: next(bucketEntries),
    windowFingerprints: next(windowEntries),
    windowSlices: next(windowEntries * SLICES),
  };
}

function roundedUp(entries: number): number {
  return WAYS * 2 ** Math.ceil(Math.log2(Math.max(entries, WAYS) / WAYS));
}
