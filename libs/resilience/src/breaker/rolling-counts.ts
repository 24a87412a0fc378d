// SPDX-License-Identifier: Apache-2.0

/** How the window of a breaker is cut: it forgets a bucket at a time. */
export interface RollingWindow {
  readonly rollingCountTimeoutMs: number;
  readonly rollingCountBuckets: number;
}

/** Calls of the last while and how many of them failed, in buckets of equal length that are used again in turn. */
export class RollingCounts {
  readonly #bucketMs: number;
  readonly #fires: Int32Array;
  readonly #failures: Int32Array;
  readonly #startMs: number;
  /** Number of the current bucket since the start. */
  #bucket = 0;
  fires = 0;
  failures = 0;

  constructor({ rollingCountTimeoutMs, rollingCountBuckets }: RollingWindow, startMs: number) {
    this.#bucketMs = Math.floor(rollingCountTimeoutMs / rollingCountBuckets);
    this.#fires = new Int32Array(rollingCountBuckets);
    this.#failures = new Int32Array(rollingCountBuckets);
    this.#startMs = startMs;
  }

  countFire(): void {
    this.fires++;
    const place = this.#bucket % this.#fires.length;
    this.#fires[place] = this.#fires[place]! + 1;
  }

  countFailure(): void {
    this.failures++;
    const place = this.#bucket % this.#failures.length;
    this.#failures[place] = this.#failures[place]! + 1;
  }

  /** Forgets what has left the window. */
  advance(nowMs: number): void {
    const bucket = Math.floor((nowMs - this.#startMs) / this.#bucketMs);
    const passed = Math.min(bucket - this.#bucket, this.#fires.length);
    for (let i = 1; i <= passed; i++) this.#clear((this.#bucket + i) % this.#fires.length);
    this.#bucket = bucket;
  }

  #clear(place: number): void {
    this.fires -= this.#fires[place]!;
    this.failures -= this.#failures[place]!;
    this.#fires[place] = 0;
    this.#failures[place] = 0;
  }
}
