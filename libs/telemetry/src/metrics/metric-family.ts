// SPDX-License-Identifier: Apache-2.0
import { labelText } from './label-text.ts';
import type { MetricSpec } from './metric-table.ts';

/** The value of every label of the series that takes what came after the limit. */
const OVERFLOW = '_overflow';

/** All series of one metric, created on first use and never more than a limit. */
export class MetricFamily<Series> {
  private readonly spec: MetricSpec;
  private readonly maxSeries: number;
  private readonly create: () => Series;
  private readonly byLabels = new Map<string, Series>();

  constructor(spec: MetricSpec, maxSeries: number, create: () => Series) {
    this.spec = spec;
    this.maxSeries = maxSeries;
    this.create = create;
  }

  /** Builds a key: for set-up and caches, not for each request. */
  series(labelValues: readonly string[]): Series {
    return (
      this.find(labelText(this.spec.labels, labelValues)) ??
      this.find(overflowLabels(this.spec)) ??
      this.add(overflowLabels(this.spec))
    );
  }

  get texts(): string {
    return [...this.byLabels.keys()].join('\n');
  }

  get all(): readonly Series[] {
    return [...this.byLabels.values()];
  }

  private find(labels: string): Series | undefined {
    const known = this.byLabels.get(labels);
    if (known !== undefined || this.byLabels.size >= this.maxSeries) return known;
    return this.add(labels);
  }

  private add(labels: string): Series {
    const series = this.create();
    this.byLabels.set(labels, series);
    return series;
  }
}

/** Label text of the series that takes what came after a limit. */
export function overflowLabels({ labels }: Pick<MetricSpec, 'labels'>): string {
  return labelText(
    labels,
    labels.map(() => OVERFLOW),
  );
}
