// SPDX-License-Identifier: Apache-2.0

/** How a set of lengths is spread; zeros for an empty one. */
export interface Distribution {
  readonly count: number;
  readonly median: number;
  /** Nine in ten are no longer. */
  readonly p90: number;
  readonly max: number;
}

export function distributionOf(lengths: readonly number[]): Distribution {
  const sorted = lengths.toSorted((left, right) => left - right);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
  return { count: sorted.length, median: at(0.5), p90: at(0.9), max: at(1) };
}
