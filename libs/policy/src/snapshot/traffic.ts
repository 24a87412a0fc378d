// SPDX-License-Identifier: Apache-2.0
import type { AccessRule } from './access.ts';
import type { CelProgram } from './cel/cel-program.ts';
import type { ConcurrencyLimitSpec } from './concurrency-limit.ts';
import type { InjectedFaultSpec } from './injected-fault.ts';
import type { SharedRateLimit } from './rate-limit-store.ts';
import type { ResourceName } from './resource-name.ts';

/**
 * How upstream calls of a rule to one of its backends are made, as far as policies say. Named `traffic-calls/SCOPE:NAMESPACE/POLICY,…`:
 * after what is attached where, as access chains are.
 */
export interface TrafficCalls {
  readonly kind: 'trafficCalls';
  readonly name: ResourceName;
  /** 0 = no limit. */
  readonly requestTimeoutMs: Sourced<number> | undefined;
  readonly attemptTimeoutMs: Sourced<number> | undefined;
  /** Silence of both sides. */
  readonly idleTimeoutMs: Sourced<number> | undefined;
  /** A WebSocket, gRPC call or stream of events as a whole; 0 = no limit. */
  readonly streamTimeoutMs: Sourced<number> | undefined;
  readonly retryAttempts: Sourced<number> | undefined;
  /** What else than failed connections is retried. */
  readonly retryKinds: Sourced<readonly RetryKind[]> | undefined;
  readonly retryStatusCodes: Sourced<readonly number[]> | undefined;
  readonly retryGrpcCodes: Sourced<readonly number[]> | undefined;
  /** Requests that may not be sent twice are retried, too. */
  readonly retriesAllMethods: Sourced<boolean> | undefined;
  readonly retryBackoffMs: Sourced<number> | undefined;
  /** Who is refused first when a worker can bear no more. */
  readonly priority: Sourced<'critical' | 'high' | 'low' | 'normal'> | undefined;
}

/** Reset: the connection ended before an answer. Timeout: an attempt took too long. */
export type RetryKind = 'Reset' | 'Timeout';

/** A value and the policy that it came from. */
export interface Sourced<Value> {
  readonly value: Value;
  /** `namespace/name` of the TrafficPolicy. */
  readonly policy: string;
  /** Where that is attached. */
  readonly scope: string;
  /** It goes before what the route says itself. */
  readonly isOverride: boolean;
}

/** What is limited at one place before a request goes on. Named `traffic-limits/SCOPE:NAMESPACE/POLICY,…`. */
export interface TrafficLimits {
  readonly kind: 'trafficLimits';
  readonly name: ResourceName;
  /** Why some policy cannot be done as written: every request is refused with 503. */
  readonly unresolved: string | undefined;
  /** All of them hold. */
  readonly rateLimits: readonly RateLimitSpec[];
  /** All of them hold. */
  readonly concurrencyLimits: readonly ConcurrencyLimitSpec[];
  /** What goes wrong on purpose. All of them can befall a request. */
  readonly faults: readonly InjectedFaultSpec[];
}

export interface RateLimitSpec {
  /** `namespace/name` of the TrafficPolicy. */
  readonly policy: string;
  /** Where that is attached. */
  readonly scope: string;
  /** Unique in its policy. */
  readonly limit: string;
  readonly algorithm: 'slidingWindow' | 'tokenBucket';
  /** At least one; all must have room. */
  readonly windows: readonly RateLimitWindow[];
  /** Callers are counted apart by these; empty = all together. */
  readonly key: readonly RateLimitKey[];
  readonly cost: number;
  /** Each route has a count of its own. */
  readonly isPerRoute: boolean;
  /** Undefined = each gateway counts for itself. */
  readonly shared: SharedRateLimit | undefined;
  /** Undefined = every request is counted. */
  readonly when: RequestConditions | undefined;
  /** Refuses nothing. */
  readonly isShadow: boolean;
}

export interface RateLimitWindow {
  readonly requests: number;
  readonly windowMs: number;
  /** Of token buckets; undefined = as many as `requests`. */
  readonly burst: number | undefined;
}

export type RateLimitKey =
  | { readonly kind: 'address' }
  /** Comes to a text, a whole number or a boolean. */
  | { readonly kind: 'cel'; readonly program: CelProgram }
  | { readonly kind: 'consumer' }
  /** Lower-case. */
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'claim'; readonly path: readonly string[] };

/** Conditions as those of access rules. */
export type RequestConditions = Omit<AccessRule, 'name'>;

/** What every request fits. */
export const NO_CONDITIONS: RequestConditions = Object.freeze({
  methods: undefined,
  paths: undefined,
  headers: undefined,
  consumers: undefined,
  groups: undefined,
  claims: undefined,
  addresses: undefined,
  certificates: undefined,
  identities: undefined,
  cel: undefined,
});
