// SPDX-License-Identifier: Apache-2.0
import type { MetricName } from './metric-table.ts';

/** All values of one metric in one thread. Few large values, so that a copy to another thread costs little. */
export interface MetricDump {
  readonly name: MetricName;
  /** Label sets in exposition format without braces, one a line; an empty line is the set without labels. At least one. */
  readonly series: string;
  /** For each series one number, or for a histogram its bucket counts (not cumulative, +Inf included) and its sum. */
  readonly values: Float64Array;
}

/** What one thread has counted; plain data for `postMessage`. Metrics without series are left out. */
export type MetricsDump = readonly MetricDump[];
