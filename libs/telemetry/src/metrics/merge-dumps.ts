// SPDX-License-Identifier: Apache-2.0
import { metricSpec } from './metric-table.ts';
import type { MetricName, MetricSpec } from './metric-table.ts';
import type { MetricDump, MetricsDump } from './metrics-dump.ts';
import { metricNames } from './registry.ts';

/** Values of one metric by label text. */
export type MergedSeries = Map<string, Float64Array>;

/** Adds up what several threads counted, by the rule of each metric. */
export function mergeDumps(dumps: readonly MetricsDump[]): MetricsDump {
  const merged: MetricDump[] = [];
  for (const name of metricNames()) {
    const series = mergeMetric(name, dumps);
    if (series.size === 0) continue;
    merged.push({
      name,
      series: [...series.keys()].join('\n'),
      values: Float64Array.from([...series.values()].flatMap(row => [...row])),
    });
  }
  return merged;
}

/**
 * What stays true of a thread after its end. Add it to what the others report: totals must not fall when a worker dies, as that
 * reads like a restart of them all.
 */
export function withoutGauges(dump: MetricsDump): MetricsDump {
  return dump.filter(({ name }) => metricSpec(name).type !== 'gauge');
}

/** The series of one metric over all dumps. */
export function mergeMetric(name: MetricName, dumps: readonly MetricsDump[]): MergedSeries {
  const merged: MergedSeries = new Map();
  for (const dump of dumps) {
    for (const metric of dump) if (metric.name === name) mergeInto(merged, metric);
  }
  return merged;
}

function mergeInto(merged: MergedSeries, { name, series, values }: MetricDump): void {
  const texts = series.split('\n');
  const width = values.length / texts.length;
  const spec = metricSpec(name);
  texts.forEach((labels, i) => {
    const row = values.subarray(i * width, (i + 1) * width);
    const present = merged.get(labels);
    merged.set(labels, present ? combineRows(spec, present, row) : row);
  });
}

/** The values of two series as those of one. */
export function combineRows({ merge }: Pick<MetricSpec, 'merge'>, left: Float64Array, right: Float64Array): Float64Array {
  const combine = COMBINE[merge];
  return left.map((value, column) => combine(value, right[column]!));
}

const COMBINE = { sum: (left: number, right: number) => left + right, min: Math.min, max: Math.max } as const;
