// SPDX-License-Identifier: Apache-2.0
import { overflowLabels } from './metric-family.ts';
import { combineRows } from './merge-dumps.ts';
import type { MergedSeries } from './merge-dumps.ts';
import { metricSpec } from './metric-table.ts';
import type { MetricName, MetricSpec } from './metric-table.ts';
import { metricNames } from './registry.ts';

/** Time series that a page has unless another number is chosen. */
export const DEFAULT_MAX_TIME_SERIES = 2_000;
/** With fewer, not even what has no labels would have its place. */
export const MIN_MAX_TIME_SERIES = 300;

/** Of all time series, what histograms may take, so that the routes that come later are counted at least. */
const HISTOGRAM_SHARE = 0.5;

/** The merged series of metrics, by name. */
export type MergedMetrics = ReadonlyMap<MetricName, MergedSeries>;

/**
 * Bounds the time series that a page has in all, as a monitoring system counts them: a histogram has one for each bucket, its sum and its
 * count. Who came first stays, what comes after the bound counts in the series `_overflow` of its metric: no count is lost, and none falls.
 */
export class SeriesBudget {
  private readonly max: number;
  private admitted: ReadonlyMap<MetricName, ReadonlySet<string>> = new Map<MetricName, ReadonlySet<string>>();
  /** What counted in the overflow once does so for ever: taken out of it later, its count would fall. */
  private readonly folded = new Map<MetricName, Set<string>>();

  constructor(max: number = DEFAULT_MAX_TIME_SERIES) {
    this.max = max;
  }

  /** What is shown of these. */
  fit(metrics: MergedMetrics): MergedMetrics {
    const page = new PageBudget(this.max);
    const admitted = new Map<MetricName, Set<string>>();
    for (const [name, series] of metrics) {
      const known = this.admitted.get(name);
      const kept = new Set([...series.keys()].filter(labels => labels === '' || known?.has(labels) === true));
      page.take(name, kept.size);
      admitted.set(name, kept);
    }
    for (const [name, series] of metrics) {
      const [kept, folded] = [admitted.get(name), this.foldedOf(name)];
      for (const labels of series.keys()) {
        if (kept?.has(labels) !== false) continue;
        if (!folded.has(labels) && page.tryTake(name, labels)) kept.add(labels);
        else if (metricSpec(name).type !== 'gauge') folded.add(labels);
      }
    }
    this.admitted = admitted;
    return new Map([...metrics].map(([name, series]) => [name, fold(name, series, admitted.get(name))]));
  }

  private foldedOf(name: MetricName): Set<string> {
    const folded = this.folded.get(name) ?? new Set<string>();
    this.folded.set(name, folded);
    return folded;
  }
}

/** What is taken of one page. The overflow of each metric has its place from the beginning. */
class PageBudget {
  private readonly max: number;
  private used = 0;
  private usedByHistograms = 0;

  constructor(max: number) {
    const names = metricNames().filter(name => metricSpec(name).labels.length > 0);
    this.max = max - names.reduce((sum, name) => sum + widthOf(metricSpec(name)), 0);
  }

  take(name: MetricName, count: number): void {
    const taken = widthOf(metricSpec(name)) * count;
    this.used += taken;
    if (metricSpec(name).type === 'histogram') this.usedByHistograms += taken;
  }

  tryTake(name: MetricName, labels: string): boolean {
    const spec = metricSpec(name);
    if (labels === overflowLabels(spec)) return false;
    const width = widthOf(spec);
    if (this.used + width > this.max) return false;
    if (spec.type === 'histogram' && this.usedByHistograms + width > this.max * HISTOGRAM_SHARE) return false;
    this.take(name, 1);
    return true;
  }
}

/** Time series of one series of a metric. */
function widthOf({ type, buckets }: MetricSpec): number {
  // +Inf, sum and count besides.
  return type === 'histogram' ? buckets.length + 3 : 1;
}

function fold(name: MetricName, series: MergedSeries, kept: ReadonlySet<string> = new Set()): MergedSeries {
  if (kept.size === series.size) return series;
  const spec = metricSpec(name);
  const shown: MergedSeries = new Map([...series].filter(([labels]) => kept.has(labels)));
  const rest = [...series].flatMap(([labels, row]) => (kept.has(labels) ? [] : [row]));
  return shown.set(
    overflowLabels(spec),
    rest.reduce((left, right) => combineRows(spec, left, right)),
  );
}
