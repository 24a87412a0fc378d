// SPDX-License-Identifier: Apache-2.0
import type { RouteRetry, Sourced, TrafficCalls } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import { callSettings } from './call-settings.ts';

const SILENT = { requestTimeoutMs: undefined, attemptTimeoutMs: undefined, retry: undefined };
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
const RETRY: RouteRetry = { attempts: 3, statusCodes: [500], grpcStatusCodes: [], backoffMs: 100 };

function from<Value>(value: Value, isOverride = false): Sourced<Value> {
  return { value, policy: 'n/p', scope: 'Gateway', isOverride };
}

describe('how a backend is called', () => {
  it('is without limits and retries where nobody says anything', () => {
    for (const calls of [undefined, NOTHING]) {
      expect(callSettings(SILENT, calls)).toEqual({
        requestTimeoutMs: 0,
        attemptTimeoutMs: 0,
        idleTimeoutMs: 0,
        streamTimeoutMs: undefined,
        retry: undefined,
      });
    }
  });

  it('is as the route says, before any policy that does not override', () => {
    const calls = { ...NOTHING, requestTimeoutMs: from(1000), attemptTimeoutMs: from(500), retryAttempts: from(9) };
    const settings = callSettings({ requestTimeoutMs: 0, attemptTimeoutMs: undefined, retry: RETRY }, calls);
    expect(settings).toMatchObject({ requestTimeoutMs: 0, attemptTimeoutMs: 500, retry: { ...RETRY, retriesAllMethods: false } });
  });

  it('is as an overriding policy says', () => {
    const calls = { ...NOTHING, requestTimeoutMs: from(1000, true), retryAttempts: from(1, true) };
    const settings = callSettings({ requestTimeoutMs: 5000, attemptTimeoutMs: 1, retry: RETRY }, calls);
    expect(settings).toMatchObject({ requestTimeoutMs: 1000, attemptTimeoutMs: 1, retry: { attempts: 1, statusCodes: [500] } });
  });

  it('takes each field of retries from whoever says it', () => {
    const calls = { ...NOTHING, retryStatusCodes: from([503]), retryBackoffMs: from(50), retriesAllMethods: from(true) };
    expect(callSettings(SILENT, calls).retry).toEqual({
      attempts: 1,
      kinds: ['Reset', 'Timeout'],
      statusCodes: [503],
      grpcStatusCodes: [],
      backoffMs: 50,
      retriesAllMethods: true,
    });
    expect(callSettings({ ...SILENT, retry: { ...RETRY, statusCodes: [] } }, calls).retry?.statusCodes).toEqual([503]);
  });

  it('takes from policies what a route that retries leaves open', () => {
    const retry = { ...RETRY, attempts: undefined, backoffMs: undefined };
    expect(
      callSettings({ ...SILENT, retry }, { ...NOTHING, retryAttempts: from(5), retryBackoffMs: from(7) }).retry,
    ).toMatchObject({
      attempts: 5,
      backoffMs: 7,
    });
    expect(callSettings({ ...SILENT, retry }, undefined).retry).toMatchObject({ attempts: 1, backoffMs: 25 });
  });

  it('limits silence and streams as policies say, and no stream where nobody speaks of them', () => {
    const calls = { ...NOTHING, idleTimeoutMs: from(5000), streamTimeoutMs: from(0) };
    expect(callSettings(SILENT, calls)).toMatchObject({ idleTimeoutMs: 5000, streamTimeoutMs: 0 });
  });

  it('retries after the failures that a policy names', () => {
    expect(callSettings(SILENT, { ...NOTHING, retryKinds: from(['Reset']) }).retry).toMatchObject({
      attempts: 1,
      kinds: ['Reset'],
    });
    expect(callSettings({ ...SILENT, retry: RETRY }, { ...NOTHING, retryKinds: from([]) }).retry?.kinds).toEqual([]);
  });

  it('has no retries where a policy wants none', () => {
    expect(callSettings(SILENT, { ...NOTHING, retryAttempts: from(0), retryStatusCodes: from([503]) }).retry).toBeUndefined();
    expect(callSettings({ ...SILENT, retry: RETRY }, { ...NOTHING, retryAttempts: from(0, true) }).retry).toBeUndefined();
  });
});
