// SPDX-License-Identifier: Apache-2.0
import type { Random } from '@weir/base';

/** Doubling stops here: a longer wait serves no caller that is still there. */
const MAX_BACKOFF_MS = 10_000;

/**
 * How long to wait before each retry, counted from 0: at least `backoffMs` (GEP-1731 makes it the minimum), doubling, and by
 * chance up to twice that, so that callers who failed together do not come back together.
 */
export function createBackoff(backoffMs: number, random: Random): (retry: number) => number {
  const longestMs = Math.max(backoffMs, MAX_BACKOFF_MS);
  return retry => Math.min(backoffMs * 2 ** retry, longestMs) * (1 + random.next());
}
