// SPDX-License-Identifier: Apache-2.0

/**
 * Smooth weighted round robin: each full cycle (the sum of the weights, divided by their common divisor) gives every index
 * exactly its share, spread as evenly as can be. Returns -1 while all weights are 0.
 */
export function createWeightedPicker(weights: readonly number[]): () => number {
  const candidates = weights.flatMap((weight, index) => (weight > 0 ? [{ index, weight, credit: 0 }] : []));
  const first = candidates[0];
  if (!first) return () => -1;
  // Most rules have one backend: no arithmetic for them.
  if (candidates.length === 1) return () => first.index;
  const total = candidates.reduce((sum, { weight }) => sum + weight, 0);
  return () => {
    let best = first;
    for (const candidate of candidates) {
      candidate.credit += candidate.weight;
      if (candidate.credit > best.credit) best = candidate;
    }
    best.credit -= total;
    return best.index;
  };
}
