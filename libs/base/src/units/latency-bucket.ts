// SPDX-License-Identifier: Apache-2.0

/** Bounds of neighbouring buckets are this far apart, so that a value told by its bucket is at most 2.5 % off. */
const RATIO = 1.05;
const LOG_RATIO = Math.log(RATIO);
/** What is faster is as fast. */
const SHORTEST_MS = 0.01;
/** More than an hour, which no request takes. */
export const MAX_LATENCY_BUCKET = 408;

/**
 * The bucket of a duration in ms. Buckets grow with what they hold, so that sketches of any proxies over any time can be added up and
 * still tell every quantile (DDSketch, Masson et al. 2019).
 */
export function latencyBucket(durationMs: number): number {
  if (!(durationMs > SHORTEST_MS)) return 0;
  return Math.min(MAX_LATENCY_BUCKET, Math.ceil(Math.log(durationMs / SHORTEST_MS) / LOG_RATIO));
}

/** What stands for the durations of a bucket, in ms: as far from its lower bound as from its upper one. */
export function latencyOfBucket(bucket: number): number {
  return bucket <= 0 ? SHORTEST_MS : (2 * SHORTEST_MS * RATIO ** bucket) / (1 + RATIO);
}

/** How many buckets apart durations are of which one is `ratio` times the other; rounded, and thus at most 2.5 % off. */
export function bucketsOfRatio(ratio: number): number {
  return Math.round(Math.log(ratio) / LOG_RATIO);
}
