// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';
import type { LocalOutcome, PreparedLimit, RateCharge, RateCounters, RateOutcome, SharedCounters } from '@weir/filters';
import type { RateLimitSpec, RateLimitStore, SharedRateLimit } from '@weir/policy/snapshot';
import { compileRateLimit, formatRateLimitPolicy } from '@weir/resilience';
import type { RateCharge as CompiledCharge, RateLimit, RateWindowSpec, SharedRateTable } from '@weir/resilience';
import { CountedOutcome, TableOutcome } from './rate-outcomes.ts';
import type { RateStoreConnection, RateStores } from '../rate-limit/rate-stores.ts';

export interface RateCountersOptions {
  /** In the memory that all workers of the process share. */
  readonly table: SharedRateTable;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly stores: RateStores;
  onWithoutStore(label: string, onFailure: SharedRateLimit['onFailure']): void;
}

/** Rate limits counted in the memory of the process, and of those that are shared in their stores. */
export class EngineRateCounters implements RateCounters {
  private readonly options: RateCountersOptions;
  private readonly shared = new WeakMap<RateStoreConnection, SharedCounters>();

  constructor(options: RateCountersOptions) {
    this.options = options;
  }

  prepare(id: string, spec: RateLimitSpec): CompiledLimit {
    const windows = windowsOf(spec);
    return {
      ...compileRateLimit(id, windows),
      policyField: formatRateLimitPolicy(windows),
      store: spec.shared && this.countersOf(spec.shared.store),
    };
  }

  admit(charges: readonly RateCharge[]): LocalOutcome {
    const { table, clock } = this.options;
    const own = compiled(charges);
    return new TableOutcome(own, { decision: table.admit(own, clock.nowMs()), table, clock });
  }

  retainStores(stores: readonly RateLimitStore[]): void {
    this.options.stores.retain(stores);
  }

  wentWithoutStore(label: string, onFailure: SharedRateLimit['onFailure']): void {
    this.options.onWithoutStore(label, onFailure);
  }

  private countersOf(store: RateLimitStore): SharedCounters {
    const connection = this.options.stores.of(store);
    const known = this.shared.get(connection);
    if (known !== undefined) return known;
    const counters = new StoreCounters(connection);
    this.shared.set(connection, counters);
    return counters;
  }
}

type CompiledLimit = PreparedLimit & RateLimit;

class StoreCounters implements SharedCounters {
  private readonly connection: RateStoreConnection;

  constructor(connection: RateStoreConnection) {
    this.connection = connection;
  }

  async admit(charges: readonly RateCharge[]): Promise<RateOutcome | undefined> {
    const own = compiled(charges);
    const result = await this.connection.admit(own);
    return result.kind === 'decided' ? new CountedOutcome(own, result.decision) : undefined;
  }
}

/** Only what `prepare` made comes back: the same charges, known for what they are, and not a copy for each request. */
function compiled(charges: readonly RateCharge[]): readonly CompiledCharge[] {
  if (areCompiled(charges)) return charges;
  throw new TypeError('a limit of other counters');
}

function areCompiled(charges: readonly RateCharge[]): charges is readonly (CompiledCharge & RateCharge)[] {
  return charges.every(({ limit }) => 'windows' in limit);
}

/** One window has the name of its limit; of several each tells its length, so that they can be told apart. */
function windowsOf({ limit, algorithm, windows }: RateLimitSpec): readonly RateWindowSpec[] {
  return windows.map(({ requests, windowMs, burst }): RateWindowSpec => {
    const name = windows.length === 1 ? limit : `${limit}-${windowMs / 1000}s`;
    if (algorithm === 'slidingWindow') return { algorithm, name, quota: requests, windowMs };
    return { algorithm, name, quota: requests, windowMs, burst: burst ?? requests };
  });
}
