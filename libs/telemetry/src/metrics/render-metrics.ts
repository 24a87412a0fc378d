// SPDX-License-Identifier: Apache-2.0
import { mergeMetric } from './merge-dumps.ts';
import { metricSpec } from './metric-table.ts';
import type { MetricName } from './metric-table.ts';
import type { MetricsDump } from './metrics-dump.ts';
import { metricNames } from './registry.ts';
import type { MergedMetrics, SeriesBudget } from './series-budget.ts';

/** Media type of what `renderMetrics` writes. */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * The dumps of all threads as one page in Prometheus text exposition format 0.0.4, with no more than the budget allows where there is one.
 * For the main thread: workers only dump.
 */
export function renderMetrics(dumps: readonly MetricsDump[], budget?: SeriesBudget): string {
  const merged = mergeMetrics(dumps);
  let page = '';
  for (const [name, series] of budget?.fit(merged) ?? merged) {
    const { type, help } = metricSpec(name);
    page += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
    for (const [labels, values] of series) {
      page += type === 'histogram' ? renderHistogram(name, labels, values) : `${sample(name, labels)} ${values[0] ?? 0}\n`;
    }
  }
  return page;
}

function mergeMetrics(dumps: readonly MetricsDump[]): MergedMetrics {
  const all = metricNames().map(name => [name, mergeMetric(name, dumps)] as const);
  return new Map(all.filter(([, series]) => series.size > 0));
}

function renderHistogram(name: MetricName, labels: string, values: Float64Array): string {
  const { buckets } = metricSpec(name);
  const separator = labels === '' ? '' : ',';
  let count = 0;
  let lines = '';
  for (let i = 0; i <= buckets.length; i++) {
    count += values[i] ?? 0;
    lines += `${name}_bucket{${labels}${separator}le="${buckets[i] ?? '+Inf'}"} ${count}\n`;
  }
  return `${lines}${sample(`${name}_sum`, labels)} ${values[buckets.length + 1] ?? 0}\n${sample(`${name}_count`, labels)} ${count}\n`;
}

function sample(name: string, labels: string): string {
  return labels === '' ? name : `${name}{${labels}}`;
}
