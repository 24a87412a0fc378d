// SPDX-License-Identifier: Apache-2.0

/** One copy of the bounds for all series of a metric: with thousands of routes it is the cache that pays for more. */
const sharedBounds = new WeakMap<readonly number[], Float64Array>();

function boundsFrom(bounds: readonly number[]): Float64Array {
  const shared = sharedBounds.get(bounds);
  if (shared !== undefined) return shared;
  const made = Float64Array.from(bounds);
  sharedBounds.set(bounds, made);
  return made;
}

/** Counts of observations by size. */
export class Histogram {
  /** A count per bucket, not cumulative, with one for all above the last bound; then the sum of what was observed. */
  readonly values: Float64Array;
  private readonly bounds: Float64Array;

  constructor(bounds: readonly number[]) {
    this.bounds = boundsFrom(bounds);
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
