// SPDX-License-Identifier: Apache-2.0
import { Counter } from './counter.ts';
import { Gauge } from './gauge.ts';
import { Histogram } from './histogram.ts';
import { MetricFamily } from './metric-family.ts';
import { METRICS, metricSpec } from './metric-table.ts';
import type { LabelValues, MetricName, MetricNameOf } from './metric-table.ts';
import type { MetricDump, MetricsDump } from './metrics-dump.ts';

/** What one thread counts. Getting a series builds a key: keep it where requests pass. */
export interface Registry {
  counter<Name extends MetricNameOf<'counter'>>(name: Name, labels: LabelValues<Name>): Counter;
  gauge<Name extends MetricNameOf<'gauge'>>(name: Name, labels: LabelValues<Name>): Gauge;
  histogram<Name extends MetricNameOf<'histogram'>>(name: Name, labels: LabelValues<Name>): Histogram;
  /** Everything as it is now; cheap enough to be asked of a thread that carries traffic. */
  dump(): MetricsDump;
}

/** A larger number of series costs the monitoring system more than it tells anyone. */
const DEFAULT_MAX_SERIES = 2_000;

/** An empty registry of the metrics in `METRICS`; each holds at most `maxSeries` series and one for the overflow. */
export function createRegistry(maxSeries: number = DEFAULT_MAX_SERIES): Registry {
  const counters = new Families('counter', maxSeries, () => new Counter());
  const gauges = new Families('gauge', maxSeries, () => new Gauge());
  const histograms = new Families('histogram', maxSeries, name => new Histogram(metricSpec(name).buckets));
  return {
    counter: (name, labels) => counters.family(name).series(labels),
    gauge: (name, labels) => gauges.family(name).series(labels),
    histogram: (name, labels) => histograms.family(name).series(labels),
    dump: () => [...counters.dump(dumpNumbers), ...gauges.dump(dumpNumbers), ...histograms.dump(dumpHistograms)],
  };
}

/** The families of one type. */
class Families<Series> {
  private readonly byName = new Map<MetricName, MetricFamily<Series>>();

  constructor(type: 'counter' | 'gauge' | 'histogram', maxSeries: number, create: (name: MetricName) => Series) {
    for (const name of metricNames()) {
      if (metricSpec(name).type === type) {
        this.byName.set(name, new MetricFamily(metricSpec(name), maxSeries, () => create(name)));
      }
    }
  }

  family(name: MetricName): MetricFamily<Series> {
    const family = this.byName.get(name);
    if (!family) throw new TypeError(`metric ${name} is of another type`);
    return family;
  }

  dump(valuesOf: (all: readonly Series[]) => Float64Array): readonly MetricDump[] {
    const dumps: MetricDump[] = [];
    for (const [name, family] of this.byName) {
      const { all } = family;
      if (all.length > 0) dumps.push({ name, series: family.texts, values: valuesOf(all) });
    }
    return dumps;
  }
}

/** All names of the table, in its order. */
export function metricNames(): readonly MetricName[] {
  return Object.keys(METRICS).filter(isMetricName);
}

function isMetricName(name: string): name is MetricName {
  return Object.hasOwn(METRICS, name);
}

function dumpNumbers(all: readonly { readonly value: number }[]): Float64Array {
  return Float64Array.from(all, series => series.value);
}

function dumpHistograms(all: readonly Histogram[]): Float64Array {
  const width = all[0]?.values.length ?? 0;
  const values = new Float64Array(width * all.length);
  all.forEach((histogram, i) => values.set(histogram.values, i * width));
  return values;
}
