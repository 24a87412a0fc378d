// SPDX-License-Identifier: Apache-2.0
import type { Reference, RequestTimeout } from '@weir/filters';
import type { RuleAction, TrafficCalls } from '@weir/policy/snapshot';
import { callSettings } from '@weir/resilience';
import { grpcTimeoutMs } from './grpc.ts';

/** How long requests of a rule to a backend may take in all; what policies say of it may change. */
export function requestTimeoutOf(action: RuleAction, calls: Reference<TrafficCalls> | undefined): RequestTimeout {
  let seen = calls?.current;
  let ruleMs = callSettings(action, seen).requestTimeoutMs;
  return exchange => {
    if (calls?.current !== seen) {
      seen = calls?.current;
      ruleMs = callSettings(action, seen).requestTimeoutMs;
    }
    const callerMs = grpcTimeoutMs(exchange) ?? 0;
    return ruleMs === 0 || callerMs === 0 ? ruleMs + callerMs : Math.min(ruleMs, callerMs);
  };
}
