// SPDX-License-Identifier: Apache-2.0
import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 20;
const NANOSECONDS_PER_MS = 1e6;

/** How late a thread's timers run: what a held event loop looks like from outside. */
export interface EventLoopDelay {
  p99Ms(): number;
  maxMs(): number;
}

/** Starts to measure the thread that calls it. */
export function createEventLoopDelay(): EventLoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  // Node records the time between two ticks, which is the resolution when nothing holds the loop.
  const lateness = (nanoseconds: number): number => Math.max(0, nanoseconds / NANOSECONDS_PER_MS - RESOLUTION_MS);
  return {
    p99Ms: () => lateness(histogram.percentile(99)),
    maxMs: () => lateness(histogram.max),
  };
}
