// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';
import type { PreparedLimit, RateCharge, RateCounters, RateOutcome } from '@weir/filters';
import type { RateLimitSpec } from '@weir/policy/snapshot';
import { compileRateLimit, formatRateLimit, formatRateLimitPolicy, formatRetryAfter } from '@weir/resilience';
import type { RateDecision, RateLimit, RateWindowSpec, SharedRateTable } from '@weir/resilience';

/** Rate limits counted in the memory that all workers of a process share. */
export class LocalRateCounters implements RateCounters {
  private readonly table: SharedRateTable;
  private readonly clock: Pick<Clock, 'nowMs'>;

  constructor(table: SharedRateTable, clock: Pick<Clock, 'nowMs'>) {
    this.table = table;
    this.clock = clock;
  }

  prepare(id: string, spec: RateLimitSpec): LocalLimit {
    const windows = windowsOf(spec);
    return { limit: compileRateLimit(id, windows), policyField: formatRateLimitPolicy(windows) };
  }

  admit(charges: readonly (RateCharge & { readonly limit: LocalLimit | PreparedLimit })[]): RateOutcome {
    const own = charges.map(({ limit, key, cost }) => ({ limit: compiledOf(limit), key, cost }));
    return outcomeOf(
      this.table.admit(own, this.clock.nowMs()),
      own.map(({ limit }) => limit.windows.length),
    );
  }
}

interface LocalLimit extends PreparedLimit {
  readonly limit: RateLimit;
}

/** Only what `prepare` made comes back. */
function compiledOf(limit: LocalLimit | PreparedLimit): RateLimit {
  if ('limit' in limit) return limit.limit;
  throw new TypeError('a limit of other counters');
}

/** One window has the name of its limit; of several each tells its length, so that they can be told apart. */
function windowsOf({ limit, algorithm, windows }: RateLimitSpec): readonly RateWindowSpec[] {
  return windows.map(({ requests, windowMs, burst }): RateWindowSpec => {
    const name = windows.length === 1 ? limit : `${limit}-${windowMs / 1000}s`;
    if (algorithm === 'slidingWindow') return { algorithm, name, quota: requests, windowMs };
    return { algorithm, name, quota: requests, windowMs, burst: burst ?? requests };
  });
}

function outcomeOf(decision: RateDecision, windowCounts: readonly number[]): RateOutcome {
  return {
    isAdmitted: decision.isAdmitted,
    refusedIndex: refusedIndexOf(decision, windowCounts),
    limitField: () => formatRateLimit(decision),
    retryAfter: () => formatRetryAfter(decision),
  };
}

/** States come in the order of charges, one for each window. */
function refusedIndexOf({ isAdmitted, states }: RateDecision, windowCounts: readonly number[]): number {
  if (isAdmitted) return -1;
  let end = 0;
  const refused = states.findIndex(state => !state.isAdmitted);
  return windowCounts.findIndex(count => {
    end += count;
    return refused < end;
  });
}
