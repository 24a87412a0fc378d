// SPDX-License-Identifier: Apache-2.0

/**
 * A token bucket keeps one number per key: the moment at which it will be full again (GCRA's theoretical arrival time), in
 * quanta of time, modulo 2^32. The quantum is a power of two, chosen for each limit so that filling the whole bucket takes
 * between 2^26 and 2^27 of them. So 1,000 a second and 10 a day are counted equally finely, and whoever knows the exponent can
 * read a counter without knowing its limit: eviction and sweeping need no table of limits.
 *
 * The price: a unit of cost is a whole number of quanta, rounded up. A limit is never faster than written, and slower by
 * at most burst / 2^26 (0.0015 % for a burst of 1,000), or 7.6 ns per unit for buckets that fill in less than a second.
 */
export interface BucketScale {
  /** A quantum is 2^scale / 2^17 ms. From 0 to 31: five bits of a fingerprint. */
  readonly scale: number;
  readonly quantaPerMs: number;
  /** Quanta in which one unit of cost comes back. */
  readonly costQuanta: number;
  /** Quanta in which an empty bucket becomes full. */
  readonly burstQuanta: number;
}

/** A full quota's worth of quanta at most; also what "wholly used" means to eviction. */
export const MAX_BURST_QUANTA = 2 ** 27;
const MAX_SCALE = 31;
const FINEST_QUANTA_PER_MS = 2 ** 17;

export function quantaPerMs(scale: number): number {
  return FINEST_QUANTA_PER_MS / 2 ** scale;
}

interface Bucket {
  readonly quota: number;
  readonly windowMs: number;
  readonly burst: number;
}

/** The finest scale in which the bucket fits. `where` begins the message of the RangeError for a bucket that fits in none. */
export function compileTokenBucket(where: string, { quota, windowMs, burst }: Bucket): BucketScale {
  for (let scale = 0; scale <= MAX_SCALE; scale++) {
    const costQuanta = Math.ceil((windowMs / quota) * quantaPerMs(scale));
    const burstQuanta = burst * costQuanta;
    if (burstQuanta <= MAX_BURST_QUANTA) return { scale, quantaPerMs: quantaPerMs(scale), costQuanta, burstQuanta };
  }
  throw new RangeError(`${where}: a burst of ${burst} at ${quota} per ${windowMs} ms takes more than 69 years to come back`);
}
