// SPDX-License-Identifier: Apache-2.0
import { latencyBucket, type Random } from '@weir/base';

/** How a simulated revision answers. Latencies are log-normal, but for a share of requests that takes some times as long. */
export interface Behaviour {
  /** 0 to 1. */
  readonly failureRate: number;
  /** Failures come so many in a row, as when a connection breaks that carries many requests; 1 = each by itself. */
  readonly failuresInRow: number;
  readonly medianMs: number;
  /** Standard deviation of the logarithm: 0.5 is a service whose p99 is 3.2 times its median, 1.2 one with 16 times. */
  readonly sigma: number;
  readonly slowShare: number;
  readonly slowFactor: number;
}

/** What befalls both revisions in a second, such as a database that both ask. */
export interface Weather {
  readonly addedFailureRate: number;
  readonly slowFactor: number;
}

export const FAIR: Weather = { addedFailureRate: 0, slowFactor: 1 };

const DRAWN = 1 << 16;

/** Buckets of so many ordinary latencies that to pick one of them is to draw a log-normal one. */
export function drawLatencies({ medianMs, sigma }: Behaviour, random: Random): Int16Array {
  return Int16Array.from({ length: DRAWN }, () => latencyBucket(medianMs * Math.exp(sigma * standardNormal(random))));
}

/** Box and Muller. */
function standardNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}
