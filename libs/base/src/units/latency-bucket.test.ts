// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { bucketsOfRatio, latencyBucket, latencyOfBucket, MAX_LATENCY_BUCKET } from './latency-bucket.ts';

describe('buckets of latencies', () => {
  it('tell each duration to 2.5 %', () => {
    for (let durationMs = 0.011; durationMs < 50_000; durationMs *= 1.013) {
      const told = latencyOfBucket(latencyBucket(durationMs));
      expect(Math.abs(told - durationMs) / durationMs).toBeLessThan(0.0251);
    }
  });

  it('are in order, and end', () => {
    expect([0, -1, Number.NaN, 0.01].map(latencyBucket)).toEqual([0, 0, 0, 0]);
    expect(latencyBucket(100)).toBeLessThan(latencyBucket(106));
    expect([latencyBucket(3_600_000_000), latencyBucket(Infinity)]).toEqual([MAX_LATENCY_BUCKET, MAX_LATENCY_BUCKET]);
    expect(latencyOfBucket(MAX_LATENCY_BUCKET)).toBeGreaterThan(50_000);
  });

  it('are so many apart as durations are, to 2.5 %', () => {
    for (const ratio of [0.5, 1, 1.2, 1.5, 2, 10]) {
      const told = latencyOfBucket(200 + bucketsOfRatio(ratio)) / latencyOfBucket(200);
      expect(Math.abs(told - ratio) / ratio).toBeLessThan(0.0251);
    }
  });
});
