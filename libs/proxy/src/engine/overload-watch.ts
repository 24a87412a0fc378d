// SPDX-License-Identifier: Apache-2.0
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { Clock } from '@weir/base';
import { OverloadMonitor, PRESSURES, StandingDelay } from '@weir/resilience';
import type { Pressure } from '@weir/resilience';

/** Often enough to be there before memory is gone, seldom enough to cost nothing. */
const PERIOD_MS = 100;

/** What a worker can ask about the system that it runs in. */
export interface OverloadProbe {
  /** Memory that the process may use before the system takes it away; above 0. */
  limitBytes(): number;
  /** Memory that the process uses. */
  usedBytes(): number;
  /** How much of the worker's own heap is used, of 1. */
  heapShare(): number;
}

export const systemProbe: OverloadProbe = {
  limitBytes: availableBytes,
  usedBytes: () => process.memoryUsage.rss(),
  heapShare() {
    const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
    return used / limit;
  },
};

export interface OverloadOptions {
  readonly clock: Clock;
  readonly probe: OverloadProbe;
  /** What the process may use; 0 = what its control group allows, or the machine has. */
  readonly maxMemoryBytes: number;
  readonly maxRequests: number;
  requestsInFlight(): number;
  /** After each look. */
  onObserved(monitor: OverloadMonitor): void;
}

/** Watches what a worker has left, for as long as that lives. */
export function watchOverload(options: OverloadOptions): OverloadMonitor {
  const { clock, probe, maxRequests } = options;
  const monitor = new OverloadMonitor();
  const delay = new StandingDelay(PERIOD_MS, clock.nowMs());
  const memoryBytes = options.maxMemoryBytes === 0 ? probe.limitBytes() : options.maxMemoryBytes;
  clock.every(PERIOD_MS, () => {
    monitor.observe({
      memory: probe.usedBytes() / memoryBytes,
      heap: probe.heapShare(),
      'event loop': delay.tick(clock.nowMs()),
      requests: options.requestsInFlight() / maxRequests,
    });
    options.onObserved(monitor);
  });
  return monitor;
}

/** A level and what decided it, as one word of shared memory; 0 = nothing is refused. */
export function overloadWord({ level, pressure }: Pick<OverloadMonitor, 'level' | 'pressure'>): number {
  return level === 0 ? 0 : level + PRESSURES.indexOf(pressure) * LEVELS;
}

const LEVELS = 8;

/** What `overloadWord` made; undefined = nothing is refused. */
export function overloadFromWord(word: number): { readonly level: number; readonly pressure: Pressure } | undefined {
  const pressure = PRESSURES[Math.floor(word / LEVELS)];
  return word === 0 || pressure === undefined ? undefined : { level: word % LEVELS, pressure };
}

/** A control group without a limit is said to have none, or more than there is. */
function availableBytes(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
