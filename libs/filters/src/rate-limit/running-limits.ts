// SPDX-License-Identifier: Apache-2.0
import type { Exchange } from '@weir/base';
import type { RateLimitSpec, RateLimitStore, TrafficLimits } from '@weir/policy/snapshot';
import { compileRule } from '../access/rule-matcher.ts';
import type { RuleMatcher } from '../access/rule-matcher.ts';
import { compileKeyPart } from './key-part.ts';
import type { KeyPart } from './key-part.ts';
import type { PreparedLimit, RateCounters } from './rate-counters.ts';

/** One rate limit at work. */
export interface RunningLimit {
  /** `namespace/policy#limit`. */
  readonly label: string;
  readonly spec: RateLimitSpec;
  readonly prepared: PreparedLimit;
  readonly key: readonly KeyPart[];
  /** Undefined = every request is counted. */
  readonly when: RuleMatcher | undefined;
  /** Counts callers by address and needs to know nothing else of them: it protects authentication, too. */
  readonly isEarly: boolean;
}

/** Limits of one place that are counted at the same time. */
export interface LimitGroup {
  readonly limits: readonly RunningLimit[];
  /** Every request is counted in all of them, in memory, and refused where they are used up: nothing is left to find out. */
  readonly isPlain: boolean;
}

/** Those before authentication, and those behind it. */
export interface LimitGroups {
  readonly early: LimitGroup;
  readonly late: LimitGroup;
}

/** The limits of one place at work. */
export class RunningLimits {
  readonly unresolved: string | undefined;
  private readonly specs: readonly RateLimitSpec[];
  private readonly counters: RateCounters;
  private readonly byRoute = new Map<string, LimitGroups>();
  private readonly isPerRoute: boolean;

  /** Throws where one of them cannot be run. */
  constructor({ unresolved, rateLimits }: TrafficLimits, counters: RateCounters) {
    this.unresolved = unresolved;
    this.specs = rateLimits;
    this.counters = counters;
    this.isPerRoute = rateLimits.some(limit => limit.isPerRoute);
    this.of('');
  }

  /** As they count requests of a route, `KIND/namespace/name`. */
  of(route: string): LimitGroups {
    const key = this.isPerRoute ? route : '';
    const known = this.byRoute.get(key);
    if (known !== undefined) return known;
    const limits = this.specs.map(spec => this.run(spec, key));
    const groups = {
      early: groupOf(limits.filter(limit => limit.isEarly)),
      late: groupOf(limits.filter(limit => !limit.isEarly)),
    };
    this.byRoute.set(key, groups);
    return groups;
  }

  /** Where those are counted that are shared. */
  get stores(): readonly RateLimitStore[] {
    return this.specs.flatMap(({ shared }) => shared?.store ?? []);
  }

  private run(spec: RateLimitSpec, route: string): RunningLimit {
    const label = `${spec.policy}#${spec.limit}`;
    const prepared = this.counters.prepare(spec.isPerRoute ? `${label} ${route}` : label, spec);
    const when = spec.when && compileRule({ name: spec.limit, ...spec.when }, { fitsOnError: true });
    return { label, spec, prepared, key: spec.key.map(compileKeyPart), when, isEarly: isEarly(spec) };
  }
}

function groupOf(limits: readonly RunningLimit[]): LimitGroup {
  const labels = new Set(limits.map(({ label }) => label));
  const isPlain = limits.every(
    ({ when, prepared, spec }) => when === undefined && prepared.store === undefined && !spec.isShadow,
  );
  return { limits, isPlain: isPlain && labels.size === limits.length };
}

/** Header fields may be what authentication writes; before it, they are whatever a client says. */
function isEarly({ key, when }: RateLimitSpec): boolean {
  // An expression may look at header fields, too.
  const conditions = [when?.consumers, when?.groups, when?.claims, when?.headers, when?.cel];
  const needsAuthentication = conditions.some(condition => condition !== undefined);
  return !needsAuthentication && key.length > 0 && key.every(({ kind }) => kind === 'address');
}

/** Whether a limit counts a request. */
export function counts({ when }: RunningLimit, exchange: Exchange): boolean {
  return when === undefined || when.fits(exchange, exchange.identities);
}
