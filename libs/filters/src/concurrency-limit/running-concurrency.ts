// SPDX-License-Identifier: Apache-2.0
import type { Exchange } from '@weir/base';
import type { ConcurrencyLimitSpec, TrafficLimits } from '@weir/policy/snapshot';
import { compileRule } from '../access/rule-matcher.ts';
import type { RuleMatcher } from '../access/rule-matcher.ts';
import { compileKeyPart } from '../rate-limit/key-part.ts';
import type { KeyPart } from '../rate-limit/key-part.ts';
import type { ConcurrencyGate, PreparedGate } from './concurrency-gate.ts';

/** One limit on requests in flight at work. */
export interface RunningConcurrency {
  /** `namespace/policy#limit`. */
  readonly label: string;
  readonly spec: ConcurrencyLimitSpec;
  readonly prepared: PreparedGate;
  /** What it is counted by. */
  readonly key: readonly KeyPart[];
  /** Undefined = every request is counted. */
  readonly when: RuleMatcher | undefined;
}

const NONE: readonly RunningConcurrency[] = [];

/** The limits on requests in flight of one place at work. */
export class RunningConcurrencyLimits {
  readonly unresolved: string | undefined;
  private readonly specs: readonly ConcurrencyLimitSpec[];
  private readonly gate: ConcurrencyGate;
  private readonly byRoute = new Map<string, readonly RunningConcurrency[]>();
  private readonly isPerRoute: boolean;

  /** Throws where one of them cannot be run. */
  constructor({ unresolved, concurrencyLimits }: TrafficLimits, gate: ConcurrencyGate) {
    this.unresolved = unresolved;
    this.specs = concurrencyLimits;
    this.gate = gate;
    this.isPerRoute = concurrencyLimits.some(limit => limit.isPerRoute);
    this.of('');
  }

  /** As they count requests of a route, `KIND/namespace/name`. */
  of(route: string): readonly RunningConcurrency[] {
    if (this.specs.length === 0) return NONE;
    const key = this.isPerRoute ? route : '';
    const known = this.byRoute.get(key);
    if (known !== undefined) return known;
    const limits = this.specs.map(spec => this.run(spec, key));
    this.byRoute.set(key, limits);
    return limits;
  }

  private run(spec: ConcurrencyLimitSpec, route: string): RunningConcurrency {
    const { policy, limit, requests, queue, isPerRoute, isShadow } = spec;
    const label = `${policy}#${limit}`;
    // One that only looks on makes nobody wait.
    const prepared = this.gate.prepare(isPerRoute ? `${label} ${route}` : label, {
      requests,
      queue: isShadow ? undefined : queue,
    });
    return {
      label,
      spec,
      prepared,
      key: spec.key.map(compileKeyPart),
      when: spec.when && compileRule({ name: limit, ...spec.when }, { fitsOnError: true }),
    };
  }
}

/** Whether a limit counts a request. */
export function counts({ when }: RunningConcurrency, exchange: Exchange): boolean {
  return when === undefined || when.fits(exchange, exchange.identities);
}

/**
 * The order in which a request enters limits: the same for all requests, so that no two ever wait for each other; the narrow ones first,
 * so that who waits for them takes no place of the wide ones.
 */
export function byWidth(left: RunningConcurrency, right: RunningConcurrency): number {
  const difference = left.spec.requests - right.spec.requests;
  if (difference !== 0) return difference;
  return left.label < right.label ? -1 : Number(left.label > right.label);
}
