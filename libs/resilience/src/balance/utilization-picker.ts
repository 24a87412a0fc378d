// SPDX-License-Identifier: Apache-2.0
import type { Clock, Random } from '@weir/base';
import type { EndpointPicker } from './endpoint-picker.ts';
import type { EndpointUtilization } from './endpoint-utilization.ts';

/** As gRPC's: reports are smoothed over as long, and no request has to compute. */
const RENEWAL_MS = 1_000;
/** What one endpoint's weight may be of the middle one's: a report that is wrong by far cannot draw all requests. */
const MAX_ADVANTAGE = 10;

export interface UtilizationPickerOptions {
  /** At least two. */
  readonly utilizations: readonly EndpointUtilization[];
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly random: Random;
}

/**
 * Endpoints at random, each by what it can take. Who does not report, or not yet, counts as the average of those who do; as long as
 * not two do, all are equal.
 */
export function createUtilizationPicker({ utilizations, clock, random }: UtilizationPickerOptions): EndpointPicker {
  const shares = new Shares(utilizations.length);
  let renewedMs = -Infinity;
  return {
    pick(excluded = -1) {
      const nowMs = clock.nowMs();
      if (nowMs - renewedMs >= RENEWAL_MS) {
        shares.assign(balanced(utilizations.map(utilization => utilization.renew(nowMs))));
        renewedMs = nowMs;
      }
      return shares.pick(random.next(), excluded);
    },
  };
}

function balanced(weights: readonly number[]): readonly number[] {
  const known = weights.filter(weight => weight > 0).toSorted((left, right) => left - right);
  if (known.length < 2) return weights.map(() => 1);
  const most = known[Math.floor((known.length - 1) / 2)]! * MAX_ADVANTAGE;
  const average = known.reduce((sum, weight) => sum + Math.min(weight, most), 0) / known.length;
  return weights.map(weight => (weight > 0 ? Math.min(weight, most) : average));
}

/** Picks by weight in logarithmic time. */
class Shares {
  /** Of each, where its share ends. */
  readonly #ends: Float64Array;

  constructor(count: number) {
    this.#ends = new Float64Array(count);
  }

  assign(weights: readonly number[]): void {
    let sum = 0;
    for (const [index, weight] of weights.entries()) {
      sum += weight;
      this.#ends[index] = sum;
    }
  }

  /** `chance`: from 0 to below 1. */
  pick(chance: number, excluded: number): number {
    const ends = this.#ends;
    const total = ends.at(-1)!;
    const end = ends[excluded];
    if (end === undefined) return this.#find(chance * total);
    const start = excluded === 0 ? 0 : ends[excluded - 1]!;
    const place = chance * (total - (end - start));
    const index = this.#find(place < start ? place : place + (end - start));
    // Where rounding leads into the hole after all.
    if (index !== excluded) return index;
    return index + 1 === ends.length ? index - 1 : index + 1;
  }

  #find(place: number): number {
    const ends = this.#ends;
    let low = 0;
    let high = ends.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (place < ends[middle]!) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
