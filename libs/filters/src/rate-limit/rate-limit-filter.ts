// SPDX-License-Identifier: Apache-2.0
import { CONTINUE, Fault } from '@weir/base';
import type { Exchange, Filter, ResponseHead, Verdict } from '@weir/base';
import type { ResourceName } from '@weir/policy/snapshot';
import type { Reference } from '../access/reference.ts';
import type { FilterContext } from '../filter-context.ts';
import { chargeOf, noteShadow, refusal, tellCaller } from './charge-request.ts';
import type { RateCounters } from './rate-counters.ts';
import { counts } from './running-limits.ts';
import type { LimitGroup, RunningLimit, RunningLimits } from './running-limits.ts';
import { StoreCharge } from './store-charge.ts';

/** Stands among the filters of a rule for the rate limits that hold there. */
export interface RateLimitFilterSpec {
  /** `earlyRateLimit`: those that need not know who calls. */
  readonly kind: 'earlyRateLimit' | 'rateLimit';
  /** TrafficLimits of the way to the rule, then of the Service behind it. */
  readonly limits: readonly ResourceName[];
  /** `KIND/namespace/name`. */
  readonly route: string;
}

/** The filters for limits; none where there are none. */
export function rateLimitSpecs(limits: readonly (ResourceName | undefined)[], route: string): readonly RateLimitFilterSpec[] {
  const known = limits.filter(name => name !== undefined);
  if (known.length === 0) return [];
  return [
    { kind: 'earlyRateLimit', limits: known, route },
    { kind: 'rateLimit', limits: known, route },
  ];
}

/** Counts a request in all limits at once: one that is refused by one of them takes nothing of the others. */
export function createRateLimitFilter(spec: RateLimitFilterSpec, context: FilterContext): Filter {
  return new RateLimitFilter(spec, context);
}

const NO_LIMITS: readonly RunningLimit[] = Object.freeze([]);

class RateLimitFilter implements Filter {
  private readonly isEarly: boolean;
  private readonly route: string;
  private readonly references: readonly Reference<RunningLimits>[];
  private readonly counters: RateCounters;

  constructor({ kind, limits, route }: RateLimitFilterSpec, { trafficLimits, rateCounters }: FilterContext) {
    this.isEarly = kind === 'earlyRateLimit';
    this.route = route;
    this.references = limits.map(trafficLimits);
    this.counters = rateCounters;
  }

  onRequest(exchange: Exchange): Promise<Verdict> | Verdict {
    const plain = this.plainLimits();
    if (plain !== undefined) {
      if (plain.length > 0) this.enforce(exchange, plain);
      return CONTINUE;
    }
    const limits = this.limitsOf(exchange);
    if (limits.some(({ prepared }) => prepared.store !== undefined)) {
      return new StoreCharge(this.counters, exchange).charge(limits);
    }
    if (limits.length > 0) this.charge(exchange, limits);
    return CONTINUE;
  }

  /** The later of the two tells what both have counted. */
  onResponse({ rateLimitFields }: Exchange, { headers }: ResponseHead): void {
    if (this.isEarly) return;
    for (const [name, value] of rateLimitFields) headers.append(name, value);
  }

  /** Those of nearly all requests: of one place, and without anything to find out. Undefined where there is more to it. */
  private plainLimits(): readonly RunningLimit[] | undefined {
    let found = NO_LIMITS;
    for (const reference of this.references) {
      const { limits, isPlain } = this.groupOf(reference);
      if (limits.length === 0) continue;
      if (!isPlain || found.length > 0) return undefined;
      found = limits;
    }
    return found;
  }

  /** A policy that holds both for the way to the rule and for its Service counts a request once. */
  private limitsOf(exchange: Exchange): readonly RunningLimit[] {
    const found: RunningLimit[] = [];
    for (const reference of this.references) {
      for (const limit of this.groupOf(reference).limits) {
        const isIn = found.some(({ label }) => label === limit.label);
        if (!isIn && counts(limit, exchange)) found.push(limit);
      }
    }
    return found;
  }

  private groupOf({ name, current }: Reference<RunningLimits>): LimitGroup {
    if (current === undefined) throw new Fault('policy_unresolved', `${name} is not known`);
    if (current.unresolved !== undefined) throw new Fault('policy_unresolved', current.unresolved);
    const groups = current.of(this.route);
    return this.isEarly ? groups.early : groups.late;
  }

  private charge(exchange: Exchange, limits: readonly RunningLimit[]): void {
    const acting = limits.filter(({ spec }) => !spec.isShadow);
    if (acting.length > 0) this.enforce(exchange, acting);
    // Behind those in force: of what these refuse, a limit that only looks on would not see anything either.
    for (const limit of limits) {
      if (limit.spec.isShadow && !this.counters.admit([chargeOf(exchange, limit)]).isAdmitted) noteShadow(exchange, limit);
    }
  }

  private enforce(exchange: Exchange, acting: readonly RunningLimit[]): void {
    const outcome = this.counters.admit(acting.map(limit => chargeOf(exchange, limit)));
    if (!outcome.isAdmitted) throw refusal(exchange, acting, { outcome, limits: acting });
    tellCaller(exchange, acting, outcome.limitField());
  }
}
