// SPDX-License-Identifier: Apache-2.0
import type { RetrySpec, RuleAction, Sourced, TrafficCalls } from '@weir/policy/snapshot';

/** How a rule calls a backend: what policies say, and what the route says itself. */
export interface CallSettings {
  /** Whole request, retries included; 0 = none. */
  readonly requestTimeoutMs: number;
  /** One attempt; 0 = none. */
  readonly attemptTimeoutMs: number;
  /** Undefined = no retries. */
  readonly retry: RetrySpec | undefined;
}

type Written = Pick<RuleAction, 'attemptTimeoutMs' | 'requestTimeoutMs' | 'retry'>;

/** One retry: enough for a connection that was closed meanwhile. */
const DEFAULT_RETRY_ATTEMPTS = 1;
const DEFAULT_BACKOFF_MS = 25;

/** The route's own fields are the narrowest of all; only policies that override go before them. */
export function callSettings(route: Written, calls: TrafficCalls | undefined): CallSettings {
  return {
    requestTimeoutMs: nearest(route.requestTimeoutMs, calls?.requestTimeoutMs) ?? 0,
    attemptTimeoutMs: nearest(route.attemptTimeoutMs, calls?.attemptTimeoutMs) ?? 0,
    retry: calls === undefined ? route.retry : retryOf(route.retry, calls),
  };
}

function retryOf(route: RetrySpec | undefined, calls: TrafficCalls): RetrySpec | undefined {
  const { retryAttempts, retryStatusCodes, retryGrpcCodes } = calls;
  const isWanted = [route, retryAttempts, retryStatusCodes, retryGrpcCodes].some(part => part !== undefined);
  return isWanted ? retryFrom(route ?? NOTHING, calls) : undefined;
}

/** Of a route that says nothing of retries. */
const NOTHING: Partial<RetrySpec> = {};

function retryFrom(route: Partial<RetrySpec>, calls: TrafficCalls): RetrySpec | undefined {
  const { retryAttempts, retryStatusCodes, retryGrpcCodes } = calls;
  const attempts = nearest(route.attempts, retryAttempts) ?? DEFAULT_RETRY_ATTEMPTS;
  if (attempts === 0) return undefined;
  return {
    attempts,
    statusCodes: nearest(listed(route.statusCodes), retryStatusCodes) ?? [],
    grpcStatusCodes: nearest(listed(route.grpcStatusCodes), retryGrpcCodes) ?? [],
    backoffMs: nearest(route.backoffMs, calls.retryBackoffMs) ?? DEFAULT_BACKOFF_MS,
    retriesAllMethods: calls.retriesAllMethods?.value ?? false,
  };
}

/** A route that retries without codes says nothing of them. */
function listed(codes: readonly number[] | undefined): readonly number[] | undefined {
  return codes === undefined || codes.length === 0 ? undefined : codes;
}

function nearest<Value>(written: Value | undefined, policy: Sourced<Value> | undefined): Value | undefined {
  if (policy?.isOverride === true) return policy.value;
  return written ?? policy?.value;
}
