// SPDX-License-Identifier: Apache-2.0
import { CONTINUE, Fault, HeaderList } from '@weir/base';
import type { Exchange, Verdict } from '@weir/base';
import { chargeOf, noteShadow, refusal, tellCaller } from './charge-request.ts';
import type { LocalOutcome, RateCounters, RateOutcome, SharedCounters } from './rate-counters.ts';
import type { RunningLimit } from './running-limits.ts';

/** Limits that were counted together, and how that ended. */
interface Counted {
  readonly limits: readonly RunningLimit[];
  readonly outcome: RateOutcome;
}

/**
 * Counts one request of which some limits are counted in stores: those of memory first, as they cost nothing, then store by store. When one
 * refuses, memory gets back what was taken of it; what an earlier store has counted stays counted, as do the limits of two stores that
 * nothing can count as one.
 */
export class StoreCharge {
  private readonly counters: RateCounters;
  private readonly exchange: Exchange;
  /** Of those in force. */
  private acting: readonly RunningLimit[] = [];
  private readonly counted: Counted[] = [];
  private readonly taken: LocalOutcome[] = [];

  constructor(counters: RateCounters, exchange: Exchange) {
    this.counters = counters;
    this.exchange = exchange;
  }

  /** Rejects with the Fault of a request that is refused. */
  async charge(limits: readonly RunningLimit[]): Promise<Verdict> {
    const { exchange } = this;
    this.acting = limits.filter(({ spec }) => !spec.isShadow);
    for (const [store, group] of byStore(this.acting)) {
      if (store === undefined) this.takeLocally(group);
      else await this.takeFrom(store, group);
    }
    const told = this.counted.flatMap(one => one.limits);
    if (told.length > 0) tellCaller(exchange, told, this.counted.map(({ outcome }) => outcome.limitField()).join(', '));
    await Promise.all(limits.filter(({ spec }) => spec.isShadow).map(limit => this.lookOn(limit)));
    return CONTINUE;
  }

  private takeLocally(limits: readonly RunningLimit[]): void {
    if (limits.length === 0) return;
    const outcome = this.counters.admit(limits.map(limit => chargeOf(this.exchange, limit)));
    this.conclude({ limits, outcome });
    this.taken.push(outcome);
  }

  private async takeFrom(store: SharedCounters, limits: readonly RunningLimit[]): Promise<void> {
    const outcome = await store.admit(limits.map(limit => chargeOf(this.exchange, limit)));
    if (outcome === undefined) this.goWithoutStore(limits);
    else this.conclude({ limits, outcome });
  }

  /** The strictest first: what is refused takes nothing. */
  private goWithoutStore(limits: readonly RunningLimit[]): void {
    for (const { label, spec } of limits) this.counters.wentWithoutStore(label, onFailureOf(spec));
    const closed = limits.find(({ spec }) => onFailureOf(spec) === 'closed');
    if (closed !== undefined) {
      this.giveBack();
      throw unavailable(this.exchange, closed);
    }
    this.takeLocally(limits.filter(({ spec }) => onFailureOf(spec) === 'local'));
  }

  private conclude(counted: Counted): void {
    this.counted.push(counted);
    if (counted.outcome.isAdmitted) return;
    this.giveBack();
    throw refusal(this.exchange, this.acting, counted);
  }

  private giveBack(): void {
    for (const outcome of this.taken) outcome.giveBack();
  }

  /** A limit on trial waits for its store, too: its trial would else say nothing of what it will cost. */
  private async lookOn(limit: RunningLimit): Promise<void> {
    const { exchange, counters } = this;
    const { store } = limit.prepared;
    const charges = [chargeOf(exchange, limit)];
    const outcome = store === undefined ? counters.admit(charges) : await store.admit(charges);
    const isAdmitted = outcome === undefined ? this.wouldAdmit(limit, charges) : outcome.isAdmitted;
    if (!isAdmitted) noteShadow(exchange, limit);
  }

  private wouldAdmit({ label, spec }: RunningLimit, charges: Parameters<RateCounters['admit']>[0]): boolean {
    const onFailure = onFailureOf(spec);
    this.counters.wentWithoutStore(label, onFailure);
    return onFailure === 'open' || (onFailure === 'local' && this.counters.admit(charges).isAdmitted);
  }
}

/** Those of memory come first. */
function byStore(limits: readonly RunningLimit[]): Map<SharedCounters | undefined, RunningLimit[]> {
  const groups = new Map<SharedCounters | undefined, RunningLimit[]>([[undefined, []]]);
  for (const limit of limits) {
    const { store } = limit.prepared;
    const group = groups.get(store);
    if (group === undefined) groups.set(store, [limit]);
    else group.push(limit);
  }
  return groups;
}

function onFailureOf({ shared }: RunningLimit['spec']): 'closed' | 'local' | 'open' {
  return shared?.onFailure ?? 'closed';
}

/** The caller has done nothing wrong, so that it is no 429. The store is tried again within a second. */
function unavailable(exchange: Exchange, { label }: RunningLimit): Fault {
  exchange.decidedBy = label;
  const headers = HeaderList.of(['retry-after', '1']);
  return new Fault('policy_unavailable', `rate limit ${label} cannot be counted: its store does not answer`, { headers });
}
