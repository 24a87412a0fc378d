// SPDX-License-Identifier: Apache-2.0
import type { RetryKind, RouteRetry, RuleAction, Sourced, TrafficCalls } from '@weir/policy/snapshot';

/** How a rule calls a backend: what policies say, and what the route says itself. */
export interface CallSettings {
  /** Whole request, retries included; 0 = none. */
  readonly requestTimeoutMs: number;
  /** One attempt; 0 = none. */
  readonly attemptTimeoutMs: number;
  /** Silence of both sides; 0 = as their connections' own limits say. */
  readonly idleTimeoutMs: number;
  /** A stream as a whole, for which the other timeouts then end with the head of its answer; 0 = no limit, undefined = as any answer. */
  readonly streamTimeoutMs: number | undefined;
  /** Undefined = no retries. */
  readonly retry: RetrySpec | undefined;
}

/** When requests are sent again. Connection errors are always among what is retried. */
export interface RetrySpec {
  /** Retries after the first attempt, at least 1. */
  readonly attempts: number;
  /** What else than failed connections. */
  readonly kinds: readonly RetryKind[];
  readonly statusCodes: readonly number[];
  /** Of gRPC calls that ended before any message came. */
  readonly grpcStatusCodes: readonly number[];
  /** Wait before the first retry; doubles with each. */
  readonly backoffMs: number;
  /** Requests that may not be sent twice are sent again, too (RFC 9110 §9.2.2). */
  readonly retriesAllMethods: boolean;
}

/** What holds of one field, and who says so. */
export interface CallField<Value> {
  readonly value: Value;
  /** A policy, the route itself, or nobody. */
  readonly from: Omit<Sourced<unknown>, 'value'> | 'default' | 'route';
}

/** Every field of a call, as policies name them. */
export interface CallFields {
  readonly requestTimeoutMs: CallField<number>;
  readonly attemptTimeoutMs: CallField<number>;
  readonly idleTimeoutMs: CallField<number>;
  readonly streamTimeoutMs: CallField<number | undefined>;
  /** 0 = no retries. */
  readonly retryAttempts: CallField<number>;
  readonly retryKinds: CallField<readonly RetryKind[]>;
  readonly retryStatusCodes: CallField<readonly number[]>;
  readonly retryGrpcCodes: CallField<readonly number[]>;
  readonly retriesAllMethods: CallField<boolean>;
  readonly retryBackoffMs: CallField<number>;
}

export type WrittenCalls = Pick<RuleAction, 'attemptTimeoutMs' | 'requestTimeoutMs' | 'retry'>;

/** One retry: enough for a connection that was closed meanwhile, and it cannot multiply load by more than two. */
const DEFAULT_RETRY_ATTEMPTS = 1;
/** Long enough for a restarted listener, short beside a request. */
const DEFAULT_BACKOFF_MS = 25;

/** Whoever asks for retries means all that a second attempt may mend (GEP-1731). */
const DEFAULT_RETRY_KINDS: readonly RetryKind[] = ['Reset', 'Timeout'];

export function callSettings(route: WrittenCalls, calls: TrafficCalls | undefined): CallSettings {
  const fields = callFields(route, calls);
  return {
    requestTimeoutMs: fields.requestTimeoutMs.value,
    attemptTimeoutMs: fields.attemptTimeoutMs.value,
    idleTimeoutMs: fields.idleTimeoutMs.value,
    streamTimeoutMs: fields.streamTimeoutMs.value,
    retry: fields.retryAttempts.value === 0 ? undefined : retrySpec(fields),
  };
}

function retrySpec(fields: CallFields): RetrySpec {
  return {
    attempts: fields.retryAttempts.value,
    kinds: fields.retryKinds.value,
    statusCodes: fields.retryStatusCodes.value,
    grpcStatusCodes: fields.retryGrpcCodes.value,
    backoffMs: fields.retryBackoffMs.value,
    retriesAllMethods: fields.retriesAllMethods.value,
  };
}

/** Field by field: the route's own are the narrowest of all, and only policies that override go before them. */
export function callFields(route: WrittenCalls, calls: Partial<TrafficCalls> = {}): CallFields {
  const { attempts, statusCodes, grpcStatusCodes, backoffMs }: Partial<RouteRetry> = route.retry ?? {};
  return {
    requestTimeoutMs: nearest(route.requestTimeoutMs, calls.requestTimeoutMs, 0),
    attemptTimeoutMs: nearest(route.attemptTimeoutMs, calls.attemptTimeoutMs, 0),
    idleTimeoutMs: nearest(undefined, calls.idleTimeoutMs, 0),
    streamTimeoutMs: nearest<number | undefined>(undefined, calls.streamTimeoutMs, undefined),
    retryAttempts: nearest(attempts, calls.retryAttempts, retries(route.retry, calls) ? DEFAULT_RETRY_ATTEMPTS : 0),
    retryKinds: nearest(undefined, calls.retryKinds, DEFAULT_RETRY_KINDS),
    retryStatusCodes: nearest(listed(statusCodes), calls.retryStatusCodes, []),
    retryGrpcCodes: nearest(listed(grpcStatusCodes), calls.retryGrpcCodes, []),
    retriesAllMethods: nearest(undefined, calls.retriesAllMethods, false),
    retryBackoffMs: nearest(backoffMs, calls.retryBackoffMs, DEFAULT_BACKOFF_MS),
  };
}

/** Whether anybody asks for retries at all, though they may not say how many. */
function retries(route: RouteRetry | undefined, calls: Partial<TrafficCalls>): boolean {
  return [route, calls.retryKinds, calls.retryStatusCodes, calls.retryGrpcCodes].some(part => part !== undefined);
}

/** A route that retries without codes says nothing of them. */
function listed(codes: readonly number[] | undefined): readonly number[] | undefined {
  return codes === undefined || codes.length === 0 ? undefined : codes;
}

function nearest<Value>(written: Value | undefined, policy: Sourced<Value> | undefined, absent: Value): CallField<Value> {
  if (policy !== undefined && (policy.isOverride || written === undefined)) {
    const { value, ...from } = policy;
    return { value, from };
  }
  return written === undefined ? { value: absent, from: 'default' } : { value: written, from: 'route' };
}
