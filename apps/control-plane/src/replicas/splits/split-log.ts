// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';
import type { SplitReport } from '@weir/policy/snapshot';
import type { HeardReport, SplitsQuestion, ToldSplits } from './told-splits.ts';

export interface SplitLogOptions {
  readonly clock: Clock;
  /** Random, of this process. */
  readonly instance: string;
  readonly isConnected: (proxy: string) => boolean;
}

interface Entry extends HeardReport {
  readonly atMs: number;
  readonly rows: number;
}

/** Who leads asks every half second; what waits longer is of a step that may be over, and is lost. */
const KEPT_MS = 10_000;
/** Counts and states over all that is kept: about thirty megabytes. */
export const MAX_ROWS = 100_000;
/** Of one answer: about five megabytes. */
export const ANSWER_ROWS = 20_000;

/**
 * What proxies that are connected here have told of splits, for whoever leads: it asks from where it has read to, so each report reaches it once,
 * also where an answer is lost on the way.
 */
export class SplitLog {
  private readonly options: SplitLogOptions;
  /** By position, the oldest first, without gaps. */
  private readonly entries = new Map<number, Entry>();
  private position = 0;
  private rows = 0;

  constructor(options: SplitLogOptions) {
    this.options = options;
  }

  note(proxy: string, report: SplitReport): void {
    const atMs = this.options.clock.nowMs();
    const rows = rowsOf(report);
    this.position++;
    this.entries.set(this.position, { proxy, report, atMs, rows });
    this.rows += rows;
    this.forgetOld();
  }

  /** What came after what was read, as much as one answer has room for; all that is kept for who has read another process. */
  since({ instance, position }: SplitsQuestion): ToldSplits {
    this.forgetOld();
    const read = instance === this.options.instance ? position : 0;
    const [oldest = this.position + 1] = this.entries.keys();
    const reports: HeardReport[] = [];
    let [last, rows] = [Math.max(read, oldest - 1), 0];
    for (; last < this.position; last++) {
      const entry = this.entries.get(last + 1);
      rows += entry?.rows ?? 0;
      if (rows > ANSWER_ROWS && reports.length > 0) break;
      if (entry !== undefined) reports.push({ proxy: entry.proxy, report: entry.report });
    }
    return {
      ...{ instance: this.options.instance, reports, position: last, isPartial: last < this.position },
      proxies: this.proxies(),
    };
  }

  /** Each tells every second, as long as it has a split. */
  private proxies(): readonly string[] {
    const told = new Set(this.entries.values().map(({ proxy }) => proxy));
    return [...told].filter(proxy => this.options.isConnected(proxy));
  }

  private forgetOld(): void {
    const sinceMs = this.options.clock.nowMs() - KEPT_MS;
    for (const [position, { atMs, rows }] of this.entries) {
      if (atMs > sinceMs && this.rows <= MAX_ROWS) break;
      this.entries.delete(position);
      this.rows -= rows;
    }
  }
}

/** Characters, and buckets of latency, that take about as much memory as a count without them. */
const TEXT_OF_ROW = 300;
const BUCKETS_OF_ROW = 4;

/** How much room a report takes: a count whose names are long, or that has many buckets of latency, counts as several. */
function rowsOf({ counts, states }: SplitReport): number {
  let rows = 1 + counts.length + states.length;
  for (const { rollout, step, backend, route, revision, latencies } of counts) {
    const text = rollout.length + step.length + backend.length + route.length + revision.length;
    rows += Math.floor(text / TEXT_OF_ROW) + Math.floor(latencies.length / BUCKETS_OF_ROW);
  }
  for (const { rollout, step, backend, blown = '' } of states) {
    rows += Math.floor((rollout.length + step.length + backend.length + blown.length) / TEXT_OF_ROW);
  }
  return rows;
}
