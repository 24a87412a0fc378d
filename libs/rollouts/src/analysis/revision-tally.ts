// SPDX-License-Identifier: Apache-2.0
import { latencyBucket, latencyOfBucket, MAX_LATENCY_BUCKET } from '@weir/base';
import type { RevisionCounts } from '@weir/policy/snapshot';

/** What a tally takes of one message of a proxy. */
export type Counted = Pick<RevisionCounts, 'failed' | 'latencies' | 'statuses' | 'succeeded'>;

const STATUS_CLASSES = 5;

/** What has become of the requests to one revision: sums over proxies, backends and seconds, which come to the same in any order. */
export class RevisionTally {
  private succeededCount = 0;
  private failedCount = 0;
  private answeredCount = 0;
  private readonly byStatus = new Array<number>(STATUS_CLASSES).fill(0);
  private readonly byBucket = new Float64Array(MAX_LATENCY_BUCKET + 1);

  get succeeded(): number {
    return this.succeededCount;
  }

  get failed(): number {
    return this.failedCount;
  }

  get requests(): number {
    return this.succeededCount + this.failedCount;
  }

  /** Requests of which it is known how long the answer took. */
  get answered(): number {
    return this.answeredCount;
  }

  /** Answers by class: of 1xx to 5xx, in this order. */
  get statuses(): readonly number[] {
    return this.byStatus;
  }

  add({ succeeded, failed, statuses, latencies }: Counted): void {
    this.succeededCount += succeeded;
    this.failedCount += failed;
    for (let i = 0; i < STATUS_CLASSES; i++) this.byStatus[i] = this.byStatus[i]! + (statuses[i] ?? 0);
    for (const [bucket, count] of latencies) {
      // A proxy of another version may know more buckets.
      const known = Math.min(MAX_LATENCY_BUCKET, Math.max(0, bucket));
      this.byBucket[known] = this.byBucket[known]! + count;
      this.answeredCount += count;
    }
  }

  addAll(other: RevisionTally): void {
    this.succeededCount += other.succeededCount;
    this.failedCount += other.failedCount;
    this.answeredCount += other.answeredCount;
    for (let i = 0; i < STATUS_CLASSES; i++) this.byStatus[i] = this.byStatus[i]! + other.byStatus[i]!;
    for (let i = 0; i <= MAX_LATENCY_BUCKET; i++) this.byBucket[i] = this.byBucket[i]! + other.byBucket[i]!;
  }

  /** The time in ms within which this share of the answers came; `quantile` in (0, 1]. NaN without answers, else at most 2.5 % off. */
  quantileMs(quantile: number): number {
    return this.answeredCount === 0 ? Number.NaN : latencyOfBucket(this.quantileBucket(quantile));
  }

  /** The bucket of that time; 0 without answers. */
  quantileBucket(quantile: number): number {
    // What floating point adds to a product such as 0.07 × 100 is not one more answer.
    const wanted = Math.ceil(quantile * this.answeredCount - 1e-6);
    let within = this.byBucket[0]!;
    let bucket = 0;
    while (within < wanted && bucket < MAX_LATENCY_BUCKET) within += this.byBucket[++bucket]!;
    return bucket;
  }

  /** Answers that took longer than this, by their buckets. */
  slowerThan(limitMs: number): number {
    let slower = 0;
    for (let i = lastBucketWithin(limitMs) + 1; i <= MAX_LATENCY_BUCKET; i++) slower += this.byBucket[i]!;
    return slower;
  }

  /** Of each bucket, the answers that took longer than what it holds. */
  slowerCounts(): Float64Array {
    const slower = new Float64Array(MAX_LATENCY_BUCKET + 1);
    for (let i = MAX_LATENCY_BUCKET; i > 0; i--) slower[i - 1] = slower[i]! + this.byBucket[i]!;
    return slower;
  }
}

/** The last bucket whose durations, by what stands for them, are not above the limit. */
function lastBucketWithin(limitMs: number): number {
  const bucket = latencyBucket(limitMs);
  return bucket > 0 && latencyOfBucket(bucket) > limitMs ? bucket - 1 : bucket;
}
