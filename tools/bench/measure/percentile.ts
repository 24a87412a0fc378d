// SPDX-License-Identifier: Apache-2.0

/** The value that `share` of all values do not exceed (nearest rank); NaN of none. */
export function percentile(values: Iterable<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(Math.ceil(sorted.length * share) - 1, 0)] ?? Number.NaN;
}
