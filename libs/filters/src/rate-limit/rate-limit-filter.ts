// SPDX-License-Identifier: Apache-2.0
import { CONTINUE, Fault, HeaderList } from '@weir/base';
import type { Exchange, Filter } from '@weir/base';
import type { ResourceName } from '@weir/policy/snapshot';
import type { Reference } from '../access/reference.ts';
import type { FilterContext } from '../filter-context.ts';
import type { RateCharge, RateCounters, RateOutcome } from './rate-counters.ts';
import { rateKeyOf } from './rate-key.ts';
import { counts } from './running-limits.ts';
import type { RunningLimit, RunningLimits } from './running-limits.ts';

/** Stands among the filters of a rule for the rate limits that hold there. */
export interface RateLimitFilterSpec {
  /** `earlyRateLimit`: those that need not know who calls. */
  readonly kind: 'earlyRateLimit' | 'rateLimit';
  /** TrafficLimits of the way to the rule, then of the Service behind it. */
  readonly limits: readonly ResourceName[];
  /** `namespace/name`. */
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
export function createRateLimitFilter({ kind, limits, route }: RateLimitFilterSpec, context: FilterContext): Filter {
  const references = limits.map(context.trafficLimits);
  const filter = new RateLimitFilter(references, route, context.rateCounters);
  return kind === 'earlyRateLimit' ? filter.early : filter.late;
}

class RateLimitFilter {
  private readonly references: readonly Reference<RunningLimits>[];
  private readonly route: string;
  private readonly counters: RateCounters;
  readonly early: Filter = { onRequest: exchange => this.admit(exchange, true) };
  readonly late: Filter = {
    onRequest: exchange => this.admit(exchange, false),
    onResponse: ({ rateLimitFields }, { headers }) => {
      for (const [name, value] of rateLimitFields) headers.append(name, value);
    },
  };

  constructor(references: readonly Reference<RunningLimits>[], route: string, counters: RateCounters) {
    this.references = references;
    this.route = route;
    this.counters = counters;
  }

  private admit(exchange: Exchange, isEarly: boolean) {
    const limits: RunningLimit[] = [];
    for (const reference of this.references) {
      for (const limit of limitsOf(reference, this.route)) {
        if (limit.isEarly === isEarly && counts(limit, exchange)) limits.push(limit);
      }
    }
    if (limits.length > 0) this.charge(exchange, limits);
    return CONTINUE;
  }

  private charge(exchange: Exchange, limits: readonly RunningLimit[]): void {
    for (const limit of limits) {
      if (limit.spec.isShadow && !this.counters.admit([chargeOf(exchange, limit)]).isAdmitted) {
        exchange.shadowRefusals = [...exchange.shadowRefusals, limit.label];
      }
    }
    const acting = limits.filter(({ spec }) => !spec.isShadow);
    if (acting.length === 0) return;
    const outcome = this.counters.admit(acting.map(limit => chargeOf(exchange, limit)));
    const fields = fieldsOf(acting, outcome);
    if (!outcome.isAdmitted) throw refusal(exchange, acting[outcome.refusedIndex]?.label ?? '', { outcome, fields });
    exchange.rateLimitFields = [...exchange.rateLimitFields, ...fields];
  }
}

function limitsOf({ name, current }: Reference<RunningLimits>, route: string): readonly RunningLimit[] {
  if (current === undefined) throw new Fault('policy_unresolved', `${name} is not known`);
  if (current.unresolved !== undefined) throw new Fault('policy_unresolved', current.unresolved);
  return current.of(route);
}

function chargeOf(exchange: Exchange, { prepared, spec }: RunningLimit): RateCharge {
  return { limit: prepared, key: rateKeyOf(exchange, spec.key), cost: spec.cost };
}

type Fields = readonly (readonly [name: string, value: string])[];

/** RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers). */
function fieldsOf(limits: readonly RunningLimit[], outcome: RateOutcome): Fields {
  return [
    ['ratelimit-policy', limits.map(({ prepared }) => prepared.policyField).join(', ')],
    ['ratelimit', outcome.limitField()],
  ];
}

interface RefusedCharge {
  readonly outcome: RateOutcome;
  readonly fields: Fields;
}

function refusal(exchange: Exchange, label: string, { outcome, fields }: RefusedCharge): Fault {
  exchange.decidedBy = label;
  const retryAfter = outcome.retryAfter();
  const headers = HeaderList.of(...fields);
  if (retryAfter !== undefined) headers.append('retry-after', retryAfter);
  return new Fault('rate_limited', `rate limit ${label} is used up`, { headers });
}
