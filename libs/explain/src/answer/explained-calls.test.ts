// SPDX-License-Identifier: Apache-2.0
import type { RuleAction, Snapshot, Sourced, TrafficCalls } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import { explainedCalls } from './explained-calls.ts';

const SILENT: RuleAction = {
  refusal: undefined,
  filters: [],
  backends: [],
  requestTimeoutMs: undefined,
  attemptTimeoutMs: undefined,
  retry: undefined,
  sessionPersistence: undefined,
};
const NOTHING: TrafficCalls = {
  kind: 'trafficCalls',
  name: 'traffic-calls/x',
  requestTimeoutMs: undefined,
  attemptTimeoutMs: undefined,
  idleTimeoutMs: undefined,
  streamTimeoutMs: undefined,
  retryAttempts: undefined,
  retryKinds: undefined,
  retryStatusCodes: undefined,
  retryGrpcCodes: undefined,
  retriesAllMethods: undefined,
  retryBackoffMs: undefined,
  priority: undefined,
};

function from<Value>(value: Value, parts: Partial<Sourced<Value>> = {}): Sourced<Value> {
  return { value, policy: 'shop/edge', scope: 'Gateway', isOverride: false, ...parts };
}

function linesOf(route: Partial<RuleAction>, calls: Partial<TrafficCalls> = {}): readonly string[] {
  const snapshot: Snapshot = { version: 0, resources: new Map([[NOTHING.name, { ...NOTHING, ...calls }]]) };
  return explainedCalls(snapshot, { ...SILENT, ...route }, NOTHING.name).map(
    call => `${call.field}: ${call.value} (${call.from})`,
  );
}

describe('how a backend is called', () => {
  it('is not said where nobody says anything', () => {
    expect(linesOf({})).toEqual([]);
  });

  it('is said with the policy and where that is attached', () => {
    expect(
      linesOf({}, { requestTimeoutMs: from(5000), attemptTimeoutMs: from(0, { policy: 'shop/cart', scope: 'Rule' }) }),
    ).toEqual([
      'timeouts.request: 5s (TrafficPolicy shop/edge on Gateway)',
      'timeouts.attempt: none (TrafficPolicy shop/cart on Rule)',
    ]);
  });

  it('is what the route says itself, before any policy that does not override', () => {
    expect(linesOf({ requestTimeoutMs: 1000, attemptTimeoutMs: 500 }, { requestTimeoutMs: from(5000) })).toEqual([
      'timeouts.request: 1s (the route itself, before TrafficPolicy shop/edge on Gateway)',
      'timeouts.attempt: 500ms (the route itself)',
    ]);
  });

  it('is what a policy says that overrides the route', () => {
    expect(linesOf({ requestTimeoutMs: 1000 }, { requestTimeoutMs: from(5000, { isOverride: true }) })).toEqual([
      'timeouts.request: 5s (TrafficPolicy shop/edge on Gateway, which overrides)',
    ]);
  });

  it('tells of retries whatever decides on one, defaults too', () => {
    const retry = { attempts: undefined, statusCodes: [503], grpcStatusCodes: [], backoffMs: undefined };
    expect(linesOf({ retry }, { retryAttempts: from(3), retryGrpcCodes: from([14]), retriesAllMethods: from(true) })).toEqual([
      'retry.attempts: 3 (TrafficPolicy shop/edge on Gateway)',
      'retry.statusCodes: 503 (the route itself)',
      'retry.grpcCodes: unavailable (TrafficPolicy shop/edge on Gateway)',
      'retry.methods: All (TrafficPolicy shop/edge on Gateway)',
      'retry.backoff: 25ms (by default)',
    ]);
  });

  it('is told of silence, streams and failures as of anything else', () => {
    expect(linesOf({}, { idleTimeoutMs: from(300_000), streamTimeoutMs: from(0), retryKinds: from(['Reset']) })).toEqual([
      'timeouts.idle: 5m (TrafficPolicy shop/edge on Gateway)',
      'timeouts.stream: none (TrafficPolicy shop/edge on Gateway)',
      'retry.attempts: 1 (by default)',
      'retry.failures: Reset (TrafficPolicy shop/edge on Gateway)',
      'retry.backoff: 25ms (by default)',
    ]);
    expect(linesOf({}, { retryKinds: from([]) })).toContain(
      'retry.failures: failed connections only (TrafficPolicy shop/edge on Gateway)',
    );
  });

  it('tells nothing more of retries that nobody makes', () => {
    expect(linesOf({}, { retryAttempts: from(0), retryBackoffMs: from(10) })).toEqual([
      'retry.attempts: 0 (TrafficPolicy shop/edge on Gateway)',
    ]);
  });
});
