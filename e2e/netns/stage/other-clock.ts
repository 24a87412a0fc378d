// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';

/** Why programs cannot be given another time of day here; undefined where they can. */
export function whyNoOtherClock(): string | undefined {
  return spawnSync('faketime', ['--version']).error === undefined ? undefined : 'faketime is not installed';
}

/**
 * Variables (`NAME=VALUE`) by which the time of day of a program is another one (`+30s`), for OpenSSL too, and durations go on as they are. To be
 * set by the last program before it: what they load makes files of the user that it begins as.
 */
export function otherClock(offset: string): readonly string[] {
  const { stdout } = spawnSync('faketime', ['-f', offset, 'printenv', 'LD_PRELOAD'], { encoding: 'utf8' });
  return [`LD_PRELOAD=${stdout.trim()}`, `FAKETIME=${offset}`, 'FAKETIME_DONT_FAKE_MONOTONIC=1'];
}
