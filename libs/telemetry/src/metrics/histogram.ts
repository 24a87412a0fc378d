// SPDX-License-Identifier: Apache-2.0

/** Counts of observations by size. */
export class Histogram {
  /** A count per bucket, not cumulative, with one for all above the last bound; then the sum of what was observed. */
  readonly values: Float64Array;
  private readonly bounds: Float64Array;

  constructor(bounds: readonly number[]) {
    this.bounds = Float64Array.from(bounds);
    this.values = new Float64Array(bounds.length + 2);
  }

  /** Latencies are mostly small, so that a scan from the left ends sooner than halving would. */
  observe(value: number): void {
    const { bounds, values } = this;
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]!) bucket += 1;
    values[bucket] = values[bucket]! + 1;
    values[bounds.length + 1] = values[bounds.length + 1]! + value;
  }
}
