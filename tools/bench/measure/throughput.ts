// SPDX-License-Identifier: Apache-2.0
import type { RunLoad } from '../load/load.ts';
import { median } from './median.ts';
import { readCpuUs, readRssBytes } from './process-tree.ts';

/** One measured window of one contestant. */
export interface Round {
  readonly requestsPerSecond: number;
  /** CPU time of the proxy's processes, in microseconds. */
  readonly cpuUsPerRequest: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly errors: number;
  /** After the window. */
  readonly rssMiB: number;
}

/** The first time longer: a just-in-time compiler is part of two contestants, and no part of a day in production. */
const FIRST_WARM_UP_SECONDS = 3;
const WARM_UP_SECONDS = 1;
const MEBIBYTE = 1024 * 1024;

/** Loads a running proxy unmeasured, then for the window, and reads what that cost. */
export async function measureRound(
  pid: number,
  { runLoad, seconds, isFirst }: { readonly runLoad: RunLoad; readonly seconds: number; readonly isFirst: boolean },
): Promise<Round> {
  await runLoad(isFirst ? FIRST_WARM_UP_SECONDS : WARM_UP_SECONDS);
  const cpuBeforeUs = readCpuUs(pid);
  const result = await runLoad(seconds);
  const cpuUs = readCpuUs(pid) - cpuBeforeUs;
  return {
    requestsPerSecond: (result.requests * 1_000_000) / result.durationUs,
    cpuUsPerRequest: cpuUs / Math.max(result.requests, 1),
    p50Ms: result.p50Us / 1_000,
    p99Ms: result.p99Us / 1_000,
    errors: result.errors,
    rssMiB: readRssBytes(pid) / MEBIBYTE,
  };
}

/** Medians of the rounds; errors are added up and memory is the last reading. */
export function summariseRounds(rounds: readonly Round[]): Round {
  const middle = (pick: (round: Round) => number): number => median(rounds.map(pick));
  return {
    requestsPerSecond: middle(round => round.requestsPerSecond),
    cpuUsPerRequest: middle(round => round.cpuUsPerRequest),
    p50Ms: middle(round => round.p50Ms),
    p99Ms: middle(round => round.p99Ms),
    errors: rounds.reduce((sum, round) => sum + round.errors, 0),
    rssMiB: rounds.at(-1)?.rssMiB ?? Number.NaN,
  };
}
