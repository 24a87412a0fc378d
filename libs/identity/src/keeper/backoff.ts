// SPDX-License-Identifier: Apache-2.0

const FIRST_MS = 1000;
const MAX_MS = 60_000;
const JITTER = 0.2;
/** Leaves that live for seconds are asked for often enough to be there in time. */
const LIFETIME_SHARE = 1 / 10;

/** How long to wait after this many failures in a row: doubling from a second to a minute. `chance` is in [0, 1). */
export function backoffMs({ failures, lifetimeMs }: { failures: number; lifetimeMs: number }, chance: number): number {
  const longestMs = Math.max(FIRST_MS, Math.min(MAX_MS, lifetimeMs * LIFETIME_SHARE));
  const waitMs = Math.min(FIRST_MS * 2 ** Math.min(failures - 1, 16), longestMs);
  return waitMs * (1 + JITTER * (2 * chance - 1));
}
