// SPDX-License-Identifier: Apache-2.0
import { setTimeout as delay } from 'node:timers/promises';
import { readRssBytes } from './process-tree.ts';

const POLL_MS = 500;
/** Readings in a row that are alike. */
const QUIET_READINGS = 6;
const ALIKE_BYTES = 256 * 1024;
/** Well below the time after which the gateway closes idle connections. */
const DEADLINE_MS = 20_000;

/** Resident memory of a process tree that is left alone, in bytes, when it changes no more. `read`: of the whole tree unless said. */
export async function settleRss(pid: number, read: (pid: number) => number = readRssBytes): Promise<number> {
  const deadlineMs = performance.now() + DEADLINE_MS;
  let bytes = read(pid);
  for (let quiet = 0; quiet < QUIET_READINGS && performance.now() < deadlineMs;) {
    await delay(POLL_MS);
    const now = read(pid);
    if (Math.abs(now - bytes) > ALIKE_BYTES) {
      bytes = now;
      quiet = 0;
    } else quiet += 1;
  }
  return read(pid);
}
